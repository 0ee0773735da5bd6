import {
  type Compile,
  type Denoiser,
  LOGITS_OF_PART,
  type Parameters,
  type TokenBatch,
  compileNamed,
  nextTokenNats,
  countAtOnce,
  runPlainly,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Scorer } from './scorer';

/** What an autoregressive scorer runs on. */
export interface AutoregressiveScorerOptions {
  /** A causal network. */
  readonly denoiser: Denoiser;
  readonly parameters: Parameters;
  /** Rows per call (default 64, fewer where their logits are many). */
  readonly batch?: number;
  readonly compile?: Compile;
}

/**
 * −ln p of every token but the first under a causal network. The last batch is padded, so that one shape is compiled.
 */
export function autoregressiveScorer({
  denoiser,
  parameters,
  batch: most = 64,
  compile = runPlainly,
}: AutoregressiveScorerOptions): Scorer & { dispose(): void } {
  const losses = compileNamed(
    compile,
    ({ ids, weights }: { readonly ids: tf.Tensor; readonly weights: Parameters }) => ({
      perToken: nextTokenNats(denoiser, weights, ids, { logitsOfPart: LOGITS_OF_PART }),
    }),
  );
  return {
    name: 'autoregressive',
    dispose: losses.dispose,
    async score({ ids, batch: rows, length }: TokenBatch) {
      const out = new Float64Array(rows * (length - 1));
      const batch = Math.min(most, countAtOnce(length * denoiser.vocabSize));
      for (let from = 0; from < rows; from += batch) {
        const padded = new Int32Array(batch * length);
        padded.set(ids.subarray(from * length, Math.min(rows, from + batch) * length));
        const rowIds = tf.tensor2d(padded, [batch, length], 'int32');
        const { perToken } = losses.run({ ids: rowIds, weights: parameters });
        const values = await perToken.data();
        tf.dispose([rowIds, perToken]);
        out.set(values.subarray(0, (Math.min(rows, from + batch) - from) * (length - 1)), from * (length - 1));
      }
      return out;
    },
  };
}
