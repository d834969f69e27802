import t from 'tap'
import type { Judged } from '../../../src/training/transfer/contract.js'
import { MOST_REFUSED, pick } from '../../../src/training/transfer/pick.js'

const picked = (errors: Partial<Record<Judged, number>>, refused: Partial<Record<Judged, number | null>> = {}) =>
  pick(new Map((Object.entries(errors) as [Judged, number][]).map(([method, error]) => [method, { error, refused: refused[method] ?? null }])))

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

t.test('a right number that the gate refuses is no answer: what it lets pass goes first, then the error', async (t) => {
  const errors = { none: 1, bias: 0.2, 'slope-bias': 0.1, pooled: 0.35, pds: 0.3 }
  const refused = { none: 1, bias: 1, 'slope-bias': 1, pooled: null, pds: 0 }
  t.equal(picked(errors, refused), 'pds')
  t.equal(picked({ ...errors, pds: 0.34 }, refused), 'pooled', 'a way with a gate of its own passes')
  t.equal(picked(errors, { ...refused, bias: MOST_REFUSED, 'slope-bias': MOST_REFUSED }), 'slope-bias', 'up to the limit only the error counts')
})

t.test('a third of the answers is too much to lose for a smaller error; what chance refuses of fifteen is not', async (t) => {
  const errors = { none: 1, bias: 0.2, pooled: 0.35 }
  t.equal(picked(errors, { none: 1, bias: 5 / 15, pooled: null }), 'pooled')
  t.equal(picked(errors, { none: 1, bias: 3 / 15, pooled: null }), 'bias')
})

t.test('where the gate lets no way pass, it is the one that it refuses least', async (t) => {
  const errors = { none: 1, bias: 0.2, pds: 0.3 }
  t.equal(picked(errors, { none: 1, bias: 1, pds: 0.8 }), 'pds')
  t.equal(picked(errors, { none: 1, bias: 1, pds: 1 }), 'bias')
})
