import t from 'tap'
import { gateWarning, transferTable } from '../../../src/cli/transfer/table.js'
import type { MethodFigure, Transferred } from '../../../src/training/transfer/contract.js'

const figure = (method: MethodFigure['method'], changes: Partial<MethodFigure> = {}): MethodFigure => ({
  ...{ method, score: 1, refused: 0, reason: null, picked: false },
  ...changes,
})
const missing = (method: MethodFigure['method']) => figure(method, { score: null, refused: null, reason: 'needs more' })

t.test('a way that the gate lets pass needs no warning, nor one with a gate of its own', async (t) => {
  t.strictSame(gateWarning([figure('none', { refused: 1 }), figure('pds', { refused: 0.1, picked: true })]), [])
  t.strictSame(gateWarning([figure('none', { refused: 1 }), figure('pooled', { refused: null, picked: true })]), [])
})

t.test('a way that the gate refuses names those that it lets pass', async (t) => {
  const [line, ...more] = gateWarning([
    ...[figure('none', { refused: 1 }), figure('bias', { refused: 1, picked: true }), figure('pooled', { refused: null })],
    ...[figure('pds', { refused: 0.1 }), figure('alone', { refused: null })],
  ])
  t.match(line, /refuses 100 % of the standards by this way, and so would the agent/)
  t.match(line, /consider --method pooled \(with a gate of its own\), --method pds$/)
  t.notMatch(line, /alone/, 'a model of the standards alone cannot be asked for')
  t.strictSame(more, [])
})

t.test('where no way passes, it says what to give', async (t) => {
  const refused = [figure('none', { refused: 1, picked: true }), missing('pooled')]
  t.match(gateWarning([...refused, missing('pds')]), [/no way that could be judged brings them back.*give --master or --train$/])
  t.match(gateWarning([...refused, figure('pds', { refused: 1 })]), [/give --train$/], 'PDS was tried already')
})

t.test('the table tells the warning below the figures, and the rule by which was picked', async (t) => {
  const figures = [figure('none', { refused: 1, picked: true }), missing('pooled'), missing('pds')]
  const made: Transferred = {
    ...{ figures, objects: 15, spectra: 15, bundle: null },
    file: {
      ...{ schema: 'transfer/1', bundle: { id: 'x', version: '1.0.0', sha256: '0'.repeat(64) }, fitted: null, conformal: null },
      instrument: { id: null, quantity: 'reflectance', axis: { kind: 'wavelength', values: [1, 2] } },
      standards: { data: 'dock-2', referenced: 15, spectra: 15, picked: 'none', figures: {} },
    },
  }
  const lines = transferTable(made, 'value', 'mg').split('\n')
  t.match(lines[1], /RMSE, mg +refused/)
  t.match(lines[2], /^\* no transfer +1\.00 +100 %$/)
  t.match(lines[5], /at most 20 % refused/)
  t.match(lines[6], /^the gate refuses 100 %/)
})
