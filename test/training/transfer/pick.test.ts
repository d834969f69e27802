import t from 'tap'
import type { Judged } from '../../../src/training/transfer/contract.js'
import { pick } from '../../../src/training/transfer/pick.js'

const picked = (errors: Partial<Record<Judged, number>>) => pick(new Map(Object.entries(errors) as [Judged, number][]))

t.test('the simplest way is taken unless a later one is better by a tenth', async (t) => {
  t.equal(picked({ none: 1, bias: 0.95, 'slope-bias': 0.91 }), 'none')
  t.equal(picked({ none: 1, bias: 0.89, 'slope-bias': 0.81, pooled: 0.805, pds: 0.85 }), 'bias')
  t.equal(picked({ none: 1, bias: 0.5, 'slope-bias': 0.44, pooled: 0.39, pds: 0.36 }), 'pooled')
  t.equal(picked({ none: 1, pds: 0.5 }), 'pds')
})

t.test('a model of the standards alone is never picked, nor anything where all is right', async (t) => {
  t.equal(picked({ none: 1, alone: 0 }), 'none')
  t.equal(picked({ none: 0, bias: 0, pds: 0 }), 'none')
})
