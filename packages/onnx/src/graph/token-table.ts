import type { DitConfig } from '@idlm/denoiser';
import type { ConstantModulation } from './constant-modulation';
import type { LinearLayer } from './linear';
import type { NetworkWeights } from './weights';

/** Added to the variance, as in the network. */
const EPSILON = 1e-5;

/** (x − mean) / σ of a row. */
function standardised(x: Float32Array): Float64Array {
  let [sum, squares] = [0, 0];
  for (const value of x) sum += value;
  const mean = sum / x.length;
  for (const value of x) squares += (value - mean) ** 2;
  const inverse = 1 / Math.sqrt(squares / x.length + EPSILON);
  return Float64Array.from(x, (value) => (value - mean) * inverse);
}

/** W x of each row x of a table, in double precision. */
function productsOf(rows: readonly Float64Array[], w: Float32Array, width: number): Float32Array {
  const products = new Float32Array(rows.length * width);
  rows.forEach((x, row) => {
    for (let o = 0; o < width; o++) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum += w[o * x.length + i]! * x[i]!;
      products[row * width + o] = sum;
    }
  });
  return products;
}

/**
 * What the first block projects each token of the vocabulary to, [V, 3H], where that depends on the token alone, and the table is no
 * larger than the weights that it stands for.
 */
export function firstProjections(
  { hidden, vocabSize }: DitConfig,
  network: NetworkWeights,
  { chunk }: ConstantModulation,
): Omit<LinearLayer, 'bias'> | undefined {
  if (vocabSize > hidden) return undefined;
  const of = 'blocks.0';
  const weights = async () => {
    const embedding = await network.read('vocab_embed.embedding');
    const gain = await network.read(`${of}.norm1.weight`);
    const [shift, scale] = [await chunk({ of, index: 0 })(), await chunk({ of, index: 1 })()];
    const rows = Array.from({ length: vocabSize }, (_, token) =>
      standardised(embedding.subarray(token * hidden, (token + 1) * hidden)).map(
        (value, i) => value * gain[i]! * (1 + scale[i]!) + shift[i]!,
      ),
    );
    return productsOf(rows, await network.layer(`${of}.attn_qkv`).weights(), 3 * hidden);
  };
  return { outputs: vocabSize, inputs: 3 * hidden, weights };
}
