import t from 'tap'
import type { EventContent } from '../../src/delivery/contract.js'
import type { Flag } from '../../src/spectrum/flags.js'
import { createFlagWatch } from '../../src/station/flag-watch.js'

t.test('a flag is told when it comes up and when it is gone, not in between', async (t) => {
  const told: EventContent[] = []
  const watch = createFlagWatch('spectro-1', (content) => told.push(content))
  const stories: readonly (readonly Flag[])[] = [
    [],
    ['dark-expired'],
    ['dark-expired'],
    ['dark-expired', 'saturated'],
    ['saturated'],
    [],
    [],
    ['saturated'],
  ]
  stories.forEach((flags, i) => {
    watch({ flags, seq: i + 1 })
  })
  t.strictSame(
    told.map(({ kind, code, data }) => [kind, code, data['seq']]),
    [
      ['flag-raised', 'dark-expired', 2],
      ['flag-raised', 'saturated', 4],
      ['flag-cleared', 'dark-expired', 5],
      ['flag-cleared', 'saturated', 6],
      ['flag-raised', 'saturated', 8],
    ],
  )
  t.match(told[0], { instrument: 'spectro-1', message: /^dark-expired: the dark reference is older/ })
})
