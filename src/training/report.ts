import type { CandidateFigure, Figure, Finding, Task } from './contract.js'

/** Ids that one list of a report names; `count` beside it tells how many there are. */
export const MAX_LISTED = 20

/** Points that a drawn spectrum has at most. */
export const MAX_DRAWN_POINTS = 300

/** Spectra that took no part, or stand out: how many, and the first ids. */
export interface Listed {
  readonly count: number
  readonly ids: readonly string[]
}

/** How good the model is at one class. Shares are between 0 and 1; intervals are 95 % by a bootstrap over objects. */
export interface ClassFigures {
  readonly label: string
  /** Judged, not trained on. */
  readonly objects: number
  readonly spectra: number
  /** Share of this class that was recognised (forced answer, whatever the gate says). */
  readonly recall: Figure
  /** Share right among the answers with this name. */
  readonly precision: Figure
  /** Share of its gate-accepted spectra whose prediction set holds this class; null without prediction sets. */
  readonly coverage: Figure | null
  /** Mean number of labels in their sets; null without prediction sets. */
  readonly setSize: number | null
  /** Share of its spectra with the verdict `accepted`. */
  readonly accepted: number
}

/** One bin of a reliability curve: spectra whose top score lies in [low, high]. */
export interface ReliabilityBin {
  readonly low: number
  readonly high: number
  readonly count: number
  /** Mean score of the forced answer, and the share of right ones. */
  readonly confidence: number
  readonly accuracy: number
}

/** A judged spectrum of a value model: its value in the data, what the model says, and the interval (null: none was given). */
export interface PredictedValue {
  readonly id: string
  readonly truth: number
  readonly predicted: number
  readonly low: number | null
  readonly high: number | null
}

/** Spectra of one class (or of all, for values) to draw: mean and the 5 and 95 % quantiles at each point of the axis. */
export interface DrawnClass {
  readonly label: string
  readonly spectra: number
  readonly mean: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
}

/** At most `MAX_DRAWN_POINTS` points of an axis. `quantity` is what stands at the ordinate, in words. */
export interface DrawnSpectra {
  readonly axisUnit: string
  readonly quantity: string
  readonly axis: readonly number[]
  readonly classes: readonly DrawnClass[]
}

/**
 * Everything that one training found out, as JSON (schema report/1): what was made, how good it is on objects that it never saw, what was tried,
 * what was left out and why. The HTML page and `train --json` show the same.
 */
export interface Report {
  readonly schema: 'report/1'
  readonly model: {
    readonly id: string
    readonly version: string
    readonly title: string
    readonly task: Task
    /** Class names; for a value model the value's name alone. */
    readonly labels: readonly string[]
    readonly unit: string | null
    /** Quantity that the agent must measure, and how the light is collected. */
    readonly quantity: string
    readonly geometry: string
    /** Steps of the chain in words, in order. */
    readonly chain: readonly string[]
    /** "linear (fp32)" or "convolutional network (int8)". */
    readonly graph: string
    readonly graphBytes: number
    readonly inputs: number
  }
  readonly data: {
    readonly name: string
    readonly title: string
    readonly citation: string
    readonly licence: string
    readonly sha256: string
    readonly target: string
    /** Column whose words keep spectra together; null: each spectrum alone. */
    readonly group: string | null
    readonly quantity: string
    readonly axisUnit: string
    readonly axisFrom: number
    readonly axisTo: number
    readonly channels: number
  }
  /** How it was judged. `basis` tells what `figures`, `perClass`, `confusion`, `predicted` and `reliability` are about. */
  readonly split: {
    readonly text: string
    readonly basis: 'cross-validation' | 'test'
    readonly repeats: number
    readonly folds: number
    readonly seed: number
    readonly train: { readonly spectra: number; readonly objects: number }
    /** Spectra of a part that was held back from all choices; null where there was none. */
    readonly test: { readonly spectra: number; readonly objects: number } | null
  }
  /** True where the search was stopped on request and the best so far was finished. */
  readonly stoppedEarly: boolean
  /** What a person should know, the most serious first. */
  readonly findings: readonly Finding[]
  readonly leftOut: {
    /** No label or value in the target column. */
    readonly unlabelled: Listed
    /** Label `unknown`: never trained on. */
    readonly unknown: Listed
    /** Classes with fewer spectra than `minCount`. */
    readonly rare: Listed
    /** Missing values where the chain needs one, or flat. */
    readonly unfit: Listed
    /** By `--drop`. */
    readonly dropped: Listed
  }
  /** Out-of-fold residual or Q beyond 4 robust standard deviations. Nothing was done about them. */
  readonly outliers: readonly { readonly id: string; readonly reason: string }[]
  /** Best first. */
  readonly candidates: readonly CandidateFigure[]
  readonly winner: {
    /** Whole sentences for a person: which won, by how much, and what a tie or a lost network means. */
    readonly text: string
    readonly chain: string
    readonly family: CandidateFigure['family']
    readonly setting: string
    /**
     * By how much it is better than each other kind of model at its best, in the unit of the score; negative: worse, but picked (`text` says why).
     * `winner` is its own score on the folds of that other model: only these two may be compared.
     */
    readonly margins: readonly {
      readonly family: CandidateFigure['family']
      readonly score: number
      readonly winner: number
      readonly margin: number
    }[]
  }
  /** By name; see `explained`. Shares between 0 and 1, errors in the unit of the value. */
  readonly figures: Readonly<Record<string, Figure>>
  /** Share of objects whose prediction set or interval is meant to hold the truth (`coverage` of the recipe); null where the model gives neither. */
  readonly nominal: number | null
  /** Empty for values. */
  readonly perClass: readonly ClassFigures[]
  /** Rows: the true class; columns: the forced answer; entries: spectra (the mean over the repeats or noise draws). Empty for values. */
  readonly confusion: readonly (readonly number[])[]
  /** Empty for classes by words. */
  readonly predicted: readonly PredictedValue[]
  readonly reliability: readonly ReliabilityBin[]
  /**
   * The score of a recipe with labels shuffled between objects; null where it was not computed. `model` names whose: the winner, or where a network
   * won the best other model. `p`: (1 + shuffled scores as good or better) / (1 + shufflings).
   */
  readonly permutation: { readonly model: string; readonly figure: number; readonly shuffled: readonly number[]; readonly p: number } | null
  readonly gate: {
    readonly alpha: number
    readonly components: number
    readonly objects: number
    readonly scalars: readonly string[]
    /** Share of known objects that it accepts, out of fold. */
    readonly accepted: number
  } | null
  /** Judged spectra that got no answer, at most `MAX_LISTED`; `why` is a sentence. The count is in `figures` (`accepted-share`). */
  readonly refused: readonly { readonly id: string; readonly reason: string; readonly why: string }[]
  /** As they came, and as the model sees them at the end of the chain, before centre and scale. */
  readonly spectra: { readonly before: DrawnSpectra; readonly after: DrawnSpectra }
}

/** What each figure of a report means. Where a part was held back for testing, names without `-cv` are about that part. */
export const explained: Readonly<Record<string, string>> = {
  accuracy: 'share of spectra named rightly, the forced answer counted for every one',
  'balanced-accuracy': 'mean over the classes of the share named rightly',
  'macro-f1': 'mean over the classes of the harmonic mean of precision and recall',
  'balanced-accuracy-cv': 'balanced accuracy by nested cross-validation within the training part',
  'balanced-accuracy-procedure': 'the same for the whole procedure: in each fold chain and model are chosen anew without it',
  'accepted-accuracy': 'share named rightly among the accepted',
  'accepted-share': 'share of spectra with the verdict accepted',
  'foreign-share': 'share of spectra that the gate refused',
  coverage: 'share of gate-accepted spectra whose prediction set or interval holds the truth',
  'set-size': 'mean number of labels in a prediction set',
  rmsecv: 'root mean square error by nested cross-validation within the training part',
  'rmsecv-procedure': 'the same for the whole procedure: in each fold chain and model are chosen anew without it',
  rmsep: 'root mean square error on the test part',
  bias: 'mean of predicted minus true',
  r2: 'share of the variance of the true values that is explained',
  'accepted-rmsep': 'root mean square error among the accepted',
  'interval-width': 'width of the prediction interval',
  linear: 'the best linear model beside a network, by the same score',
  'agreement-int8-fp32': 'share of spectra to which the int8 graph and the fp32 graph give the same label',
  'rms-int8-fp32': 'root mean square difference between the values of the int8 and the fp32 graph',
  'balanced-accuracy-ideal': 'the same model on test spectra that went through no counts',
  'balanced-accuracy-population': 'on objects drawn from the statistical model of the training set',
}
