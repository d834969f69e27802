import t from 'tap'
import { createLightPath } from '../../src/emulation/light-path.js'
import { lampPerMs } from '../../src/spectrum/detector.js'

t.test('the path is dark at first, and dark when shown so', async (t) => {
  const path = createLightPath()
  t.strictSame(path.look(4), { name: 'dark', perMs: new Float64Array(4) })
  path.show({ kind: 'white', density: 0 })
  path.show({ kind: 'dark' })
  t.strictSame(path.look(4), { name: 'dark', perMs: new Float64Array(4) })
})

t.test('white is the lamp, weakened tenfold by each unit of optical density', async (t) => {
  const path = createLightPath()
  path.show({ kind: 'white', density: 0 })
  t.strictSame(path.look(392), { name: 'white', perMs: lampPerMs(392) })
  path.show({ kind: 'white', density: 2 })
  t.strictSame(
    [...path.look(392).perMs].map((perMs) => perMs.toFixed(6)),
    [...lampPerMs(392)].map((perMs) => (perMs / 100).toFixed(6)),
  )
})

t.test('a sample takes its share of the lamp pixel by pixel', async (t) => {
  const path = createLightPath()
  path.show({ kind: 'sample', name: 'tablet', ratio: Float64Array.of(0.5, 0, 1, 2) })
  const [a = 0, , c = 0, d = 0] = lampPerMs(4)
  t.strictSame(path.look(4), { name: 'tablet', perMs: Float64Array.of(a * 0.5, 0, c, d * 2) })
})

t.test('a ratio of another length is interpolated over the relative position of the pixel', async (t) => {
  const path = createLightPath()
  const ratios = (pixels: number) => {
    const lamp = lampPerMs(pixels)
    return [...path.look(pixels).perMs].map((perMs, i) => Number((perMs / (lamp[i] ?? 0)).toFixed(9)))
  }
  path.show({ kind: 'sample', name: 'ramp', ratio: Float64Array.of(0.1, 0.3, 0.5, 0.7) })
  t.strictSame(ratios(2), [0.2, 0.6], 'half as many: the mean of each two, as binning has it')
  t.strictSame(ratios(8), [0.1, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.7], 'twice as many: between the middles, flat beyond')
  path.show({ kind: 'sample', name: 'flat', ratio: Float64Array.of(0.25) })
  t.strictSame(ratios(3), [0.25, 0.25, 0.25])
})

t.test('flood saturates 16 bit within the shortest exposure of any family', async (t) => {
  const path = createLightPath()
  path.show({ kind: 'flood' })
  t.ok(path.look(3).perMs.every((perMs) => perMs * 0.01 > 65_535))
  t.equal(path.look(3).name, 'flood')
})

t.test('in a replay every look takes the next sample, until something is shown', async (t) => {
  const path = createLightPath()
  let taken = 0
  path.replay(() => ({ name: `sample ${++taken}`, ratio: Float64Array.of(taken) }))
  t.equal(taken, 0, 'nothing is taken before the first exposure')
  const lamp = lampPerMs(2)
  t.strictSame(path.look(2), { name: 'sample 1', perMs: lamp })
  t.strictSame(path.look(2), { name: 'sample 2', perMs: lamp.map((perMs) => perMs * 2) })
  path.show({ kind: 'dark' })
  path.look(2)
  t.equal(taken, 2)
})

t.test('light that cannot be is refused and leaves the path as it was', async (t) => {
  const path = createLightPath()
  path.show({ kind: 'flood' })
  t.throws(() => path.show({ kind: 'white', density: -1 }), { code: 'DATA_INVALID', seen: 'density -1' })
  t.throws(() => path.show({ kind: 'sample', name: 'none', ratio: new Float64Array(0) }), { code: 'DATA_INVALID', seen: 'no pixel' })
  t.throws(() => path.show({ kind: 'sample', name: 'hole', ratio: Float64Array.of(1, Number.NaN) }), { code: 'DATA_INVALID', seen: 'NaN at pixel 1' })
  t.equal(path.look(2).name, 'flood')
  path.replay(() => ({ name: 'negative', ratio: Float64Array.of(-1) }))
  t.throws(() => path.look(2), { code: 'DATA_INVALID', where: 'sample negative' })
})

t.test('lamps of many pixel counts do not pile up, and each stays right', async (t) => {
  const path = createLightPath()
  path.show({ kind: 'white', density: 0 })
  for (let pixels = 1; pixels <= 20; pixels++) t.strictSame(path.look(pixels).perMs, lampPerMs(pixels))
  t.strictSame(path.look(1).perMs, lampPerMs(1))
})
