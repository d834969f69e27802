import { floatGraph } from './float-graph.js'
import type { Dense } from './net.js'

/** The fp32 graph of one product y = W x + b: what PLS, LDA and Ridge regression become. `weights` is [outputs][inputs]. */
export const linearGraph = ({ outputs, weights, bias }: Dense): Uint8Array =>
  floatGraph({ inputs: weights.length / outputs, convs: [], denses: [{ outputs, weights, bias }], head: null })
