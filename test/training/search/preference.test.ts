import t from 'tap'
import type { Family } from '../../../src/training/contract.js'
import type { Candidate } from '../../../src/training/search/candidate.js'
import { preferred } from '../../../src/training/search/preference.js'

const candidate = (family: Family, words = true, steps = 1): Candidate => ({
  ...{ family, words, repeats: [] },
  chain: { name: `${steps} steps`, steps, learns: false, rows: () => [], stepsFor: () => [] },
})
const chosen = (words: boolean, linear: number, kernel: number) => {
  const [ridge, own] = [candidate('ridge', words, 9), candidate('kernel-ridge', words)]
  return preferred([own, ridge], (one) => (one === own ? kernel : linear))?.family
}

t.test('kernel Ridge wins only where it leads by more than enough, however many steps the linear chain has', async (t) => {
  t.equal(chosen(true, 0.1, 0.079), 'kernel-ridge')
  t.equal(chosen(true, 0.1, 0.081), 'ridge')
  t.equal(chosen(true, 0.01, 0), 'ridge', 'a lead of a share says nothing where hardly anything is wrong')
  t.equal(chosen(false, 5, 4.4), 'kernel-ridge')
  t.equal(chosen(false, 5, 4.6), 'ridge')
  t.equal(chosen(false, 0.005, 0.004), 'kernel-ridge', 'values have units: there it is a share')
})

t.test('where one kind alone was tried, its best wins', async (t) => {
  const [short, long] = [candidate('kernel-ridge', true, 2), candidate('kernel-ridge', true, 3)]
  t.equal(
    preferred([long, short], () => 0.1),
    short,
  )
  t.equal(
    preferred([], () => 0),
    undefined,
  )
})
