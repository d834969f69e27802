import t from 'tap'
import { seededRandom } from '../../src/spectrum/random.js'
import { fitTemperature, meanLoss } from '../../src/training/temperature.js'

/** Classes drawn from softmax(logits / temperature): then that temperature is the right one. */
const drawn = (temperature: number) => {
  const random = seededRandom(11)
  const logits = Array.from({ length: 4000 }, () => [3 * random.gaussian(), 3 * random.gaussian(), 0])
  const truth = logits.map((row) => {
    const weights = row.map((value) => Math.exp(value / temperature))
    let u = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0)
    return weights.findIndex((weight) => {
      u -= weight
      return u < 0
    })
  })
  return { logits, truth }
}

t.test('the temperature that the classes were drawn with is found', async (t) => {
  for (const temperature of [0.5, 1, 3]) {
    const { logits, truth } = drawn(temperature)
    const found = fitTemperature(logits, truth)
    t.ok(Math.abs(found / temperature - 1) < 0.1, `${found} for ${temperature}`)
    t.ok(meanLoss(logits, truth, found) <= meanLoss(logits, truth, temperature) + 1e-12)
  }
})

t.test('the loss is finite for logits that would overflow', async (t) => {
  t.ok(Math.abs(meanLoss([[4000, 0]], [1], 1) - 4000) < 1e-9)
})
