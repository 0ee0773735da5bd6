/**
 * Time and memory of judges at published sizes: GPT-2 small with random weights on texts of 1024 tokens, and n-grams of as many random
 * tokens as are counted of a text, in GPT-2's vocabulary.
 *
 *     npm run bench:judges -- gpt2 native
 *     npm run bench:judges -- n-gram
 */
import { randomStream } from '@idlm/core-diffusion';
import { gpt2Tokenizer } from '@idlm/data';
import { denoisers, shapesOf } from '@idlm/denoiser';
import { type EngineName, openEngine } from '@idlm/engine';
import { nGramScorer, retokenisingScorer } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';

const peak = (): string => `${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB in all`;
const secondsSince = (began: number): number => (performance.now() - began) / 1000;

const SMALL = { hidden: 768, blocks: 12, heads: 12, inner: 3072, epsilon: 1e-5, vocabSize: 50257, length: 1024 };

/** Weights whose values don't matter to time. */
const randomWeight = (name: string, shape: readonly number[]): tf.Tensor =>
  /ln_.*weight/.test(name) ? tf.ones([...shape]) : tf.randomNormal([...shape], 0, 0.02, 'float32', 1);

async function benchGpt2(prefer: EngineName): Promise<void> {
  const engine = await openEngine({ prefer });
  const network = { type: 'gpt2', config: { ...SMALL, timeConditioned: false, causal: true } };
  const parameters = Object.fromEntries(
    Object.entries(shapesOf(network)).map(([name, shape]) => [name, randomWeight(name, shape)]),
  );
  const judge = retokenisingScorer({
    name: 'gpt2',
    denoiser: denoisers.create(network),
    parameters,
    tokenizer: await gpt2Tokenizer(),
    longest: 1024,
    batch: 2,
    compile: engine.compile,
  });
  const text = 'The whale rose slowly, and the sea was white about it; the men looked on. '.repeat(70);
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    const [weight] = await judge.weigh([text, text]);
    console.log(
      `${engine.name}: ${(secondsSince(began) / 2).toFixed(1)} s per text (${weight!.tokens} tokens), ${peak()}`,
    );
  }
}

/** As many tokens as are counted, in frequencies that fall as one over their rank. */
function benchNGrams(count = 2 ** 24): void {
  const random = randomStream(1);
  const tokens = Int32Array.from({ length: count }, () => Math.floor(50257 ** random.uniform()) - 1);
  const began = performance.now();
  const { order } = nGramScorer(tokens, { vocabSize: 50257 });
  console.log(`n-grams of ${count} tokens: order ${order}, ${secondsSince(began).toFixed(0)} s, ${peak()}`);
}

const [judge = 'gpt2', engine = 'native'] = process.argv.slice(2);
if (judge === 'n-gram') benchNGrams();
else await benchGpt2(engine as EngineName);
