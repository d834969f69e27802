import type { Dataset } from '../../datasets/folder.js'
import type { ManifestDraft } from '../../models/manifest.js'
import type { OpenModel } from '../../models/open.js'
import type { Finding } from '../contract.js'
import type { Material } from '../material.js'
import type { Recipe } from '../recipe.js'
import type { Samples } from '../search/samples.js'
import type { Search } from '../search/search.js'
import type { Decision } from './decision.js'
import type { FinalModel } from './model.js'
import type { Drawing } from './population.js'

/** What a training has come to, for whoever judges it and writes it down. */
export interface ReportTask {
  readonly dataset: Dataset
  readonly recipe: Recipe
  readonly material: Material
  readonly samples: Samples
  /** Null for an identity. */
  readonly search: Search | null
  readonly model: FinalModel
  readonly decision: Decision
  readonly open: OpenModel
  readonly drawing: Drawing
  readonly draft: ManifestDraft
  readonly findings: readonly Finding[]
  tell(what: string, part: number): void
  readonly signal: AbortSignal
}
