import type { Graph, Value } from './graph';
import type { LinearLayer } from './linear';

/** Which chunks of a modulation a part of the network takes, in the order of its weights. */
export interface Chunk {
  /** What is modulated: `blocks.i` or `output_layer`. */
  readonly of: string;
  readonly index: number;
}

/** How noise levels change what a network computes. */
export interface Modulation {
  /** LN(x) · w · (1 + scale) + shift. @param weight name of w @param rows batch row of each row of x, where x holds chosen ones */
  norm(x: Value, weight: string, shift: Chunk, scale: Chunk, rows?: Value): Value;
  /** gate · (x Wᵀ + b). */
  gated(x: Value, layer: LinearLayer, gate: Chunk, rows?: Value): Value;
}

/** Added to the variance, as in the network. */
const EPSILON = { float: 1e-5 };

/** Layer norm over the last axis. */
export const layerNorm = (graph: Graph, x: Value, gain: Value, shift?: Value): Value =>
  graph.add('LayerNormalization', [x, gain, ...(shift === undefined ? [] : [shift])], { axis: -1, epsilon: EPSILON });
