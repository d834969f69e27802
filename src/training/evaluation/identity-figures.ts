import { type ClassFigures, isAccepted, isRefused, type JudgedLabel, type LabelFigures, mean, share } from './class-figures.js'

/** The keys of a class model; `coverage` and `setSize` are null, for there is no set. */
export type IdentityFigures = Omit<ClassFigures, 'task'> & { readonly task: 'identity' }

/**
 * Figures of a model that knows one material. It has no forced answer: what the gate lets pass is that material, all else is not, so right is accepted
 * where it is that material and not accepted where it is something else. `balancedAccuracy` is the mean of the two shares (of one, where the data hold one),
 * `macroF1` the mean of the two F1.
 */
export const identityFigures = (judged: readonly JudgedLabel[], label: string): IdentityFigures => {
  const isOwn = ({ truth }: JudgedLabel) => truth === label
  const isRight = (one: JudgedLabel) => isAccepted(one) === isOwn(one)
  const own = judged.filter(isOwn)
  const others = judged.filter((one) => !isOwn(one))
  const accepted = judged.filter(isAccepted)
  const refused = judged.filter((one) => !isAccepted(one))
  const f1 = (group: readonly JudgedLabel[], said: readonly JudgedLabel[]) =>
    group.length + said.length === 0 ? null : (2 * group.filter(isRight).length) / (group.length + said.length)
  const ownF1 = f1(own, accepted)
  const shown = (group: readonly JudgedLabel[], figures: Pick<LabelFigures, 'recall' | 'precision' | 'f1'>): LabelFigures => ({
    n: group.length,
    ...figures,
    accepted: share(group, isAccepted) ?? 0,
    rejected: share(group, isRefused) ?? 0,
    coverage: null,
    setSize: null,
  })
  const foreign = [...new Set(others.map(({ truth }) => truth))].sort()
  return {
    n: judged.length,
    task: 'identity',
    accuracy: share(judged, isRight),
    balancedAccuracy: mean([own, others].flatMap((group) => share(group, isRight) ?? [])),
    macroF1: mean([ownF1, f1(others, refused)].flatMap((one) => one ?? [])),
    acceptedAccuracy: share(accepted, isOwn),
    rejected: share(judged, isRefused) ?? 0,
    coverage: null,
    setSize: null,
    perClass: Object.fromEntries([
      [label, shown(own, { recall: share(own, isRight), precision: share(accepted, isOwn), f1: ownF1 })],
      ...foreign.map((name) => {
        const group = others.filter(({ truth }) => truth === name)
        return [name, shown(group, { recall: share(group, isRight), precision: null, f1: null })] as const
      }),
    ]),
  }
}
