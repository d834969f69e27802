import t from 'tap'
import { decodeOrdinates } from '../../../src/datasets/jcamp/ordinates.js'

const decode = (...lines: string[]) => decodeOrdinates(lines, 20, 'made.jdx')

t.test('one row of ordinates in each form that the standard gives (1 2 3 3 2 1 0 -1 -2 -3)', async (t) => {
  const wanted = [1, 2, 3, 3, 2, 1, 0, -1, -2, -3]
  const forms: Record<string, string> = {
    'AFFN, fixed columns': '599.0  1  2  3  3  2  1  0 -1 -2 -3',
    'AFFN with commas': '599 1, 2, 3, 3, 2, 1, 0, -1, -2, -3',
    'AFFN with exponents': '5.99E+02 1.0E+00 20E-01 3.0E0 3 2 1 0 -1 -2 -3',
    PAC: '599+1+2+3+3+2+1+0-1-2-3',
    SQZ: '599ABCCBA@abc',
    'SQZ and DUP': '599ABCTBA@abc',
    DIF: '599AJJ%jjjjjj',
    'DIF and DUP': '599AJT%jX',
  }
  for (const [what, line] of Object.entries(forms)) t.strictSame(decode(line).values, wanted, what)
})

t.test('letters stand for one leading digit each, more may follow', async (t) => {
  t.strictSame(decode('0@A1B2C3D4E5F6G7H8I9').values, [0, 11, 22, 33, 44, 55, 66, 77, 88, 99])
  t.strictSame(decode('0a1b2c3d4e5f6g7h8i9').values, [-11, -22, -33, -44, -55, -66, -77, -88, -99])
  t.strictSame(decode('0@J1K2L3%R').values, [0, 11, 33, 66, 66, 75])
  t.strictSame(decode('0@j1k2r9').values, [0, -11, -33, -132])
  t.strictSame(decode('0ASTUVWXYZs').values.length, 1 + 0 + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8)
  t.strictSame(decode('0AS2').values.length, 12, 'a count of two digits')
  t.strictSame(decode('0 12E3').values, [12, 53], 'E without a sign is the squeezed 5')
})

t.test('a line after a difference begins with the check of the last ordinate, and with its abscissa', async (t) => {
  const { values, starts } = decode('100AJJ', '102CJ%', '104D')
  t.strictSame(values, [1, 2, 3, 4, 4])
  t.strictSame(
    starts.map(({ x, index, line }) => [x, index, line]),
    [
      [100, 0, 20],
      [102, 2, 21],
      [104, 4, 22],
    ],
  )
  t.strictSame(decode('100AJT', '102CAB').values, [1, 2, 3, 1, 2], 'after repeated differences too')
  t.strictSame(decode('100ABC', '103CB').values, [1, 2, 3, 3, 2], 'not after values')
})

t.test('an invalid ordinate is a missing value', async (t) => {
  t.strictSame(decode('100 1 ? 3', '103 ? 5').values, [1, Number.NaN, 3, Number.NaN, 5])
})

t.test('the unit of the last digit of an abscissa is known', async (t) => {
  t.strictSame(
    ['100 1', '100.25 1', '1.5E+02 1', '.125 1'].map((line) => decode(line).starts[0]?.step),
    [1, 0.01, 10, 0.001],
  )
})

const bad: Record<string, { lines: string[]; says: RegExp }> = {
  'a check that fails': { lines: ['100AJJ', '102DJ'], says: /line 21: .*seen: 4 as the check of the line before; allowed: 3/ },
  'no check after a difference': { lines: ['100AJJ', '102J'], says: /line 21: .*a difference to nothing/ },
  'a difference first': { lines: ['100J'], says: /line 20: .*a difference to nothing/ },
  'a difference to an invalid ordinate': { lines: ['100 ?J'], says: /a difference to nothing/ },
  'a repetition first': { lines: ['100T'], says: /a repetition of nothing/ },
  'a line without abscissa': { lines: ['ABC'], says: /line 20: .*an abscissa at the beginning/ },
  'a character that means nothing': { lines: ['100 1 2 x3'], says: /line 20: .*seen: "x3"/ },
  'ordinates without end': { lines: ['100AZ999999'], says: /at most 20000/ },
}
for (const [what, { lines, says }] of Object.entries(bad))
  t.test(`refused with its line: ${what}`, async (t) => {
    t.throws(() => decode(...lines), { code: 'DATA_INVALID', message: says })
  })
