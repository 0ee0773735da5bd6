// What the layers of a DiT cost by themselves, and what is computed instead of them, compiled, one thread by default.
//   npm run bench:layers -- [--size middle] [--batch 32] [--threads 1] [--rounds 31]
import { parseArgs } from 'node:util';
import { randomStream } from '@idlm/core-diffusion';
import { initialParameters } from '@idlm/denoiser';
import { openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs';
import { ditBlock, project } from '../packages/denoiser/src/dit/block';
import { biasedGelu } from '../packages/denoiser/src/layers/activations';
import { attention } from '../packages/denoiser/src/layers/attention';
import { attentionAt } from '../packages/denoiser/src/layers/attention-at';
import { gatedResidual, modulatedNorm } from '../packages/denoiser/src/layers/modulation';
import { median } from './median';
import { networkOf } from './sizes';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'middle' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '31' },
  },
});

type Layer = (inputs: tf.Tensor[]) => tf.Tensor[];
const [batch, { vocab, length, hidden, heads, cond }] = [Number(options.batch), networkOf(options.size)];
const rows = batch * length;
const shape = { batch, length, heads, channels: hidden / heads, causal: false };
/** Positions of a sampling step: somewhat more than two of each row. */
const asked = Math.round(2.3 * batch);

/** A layer and the gradient of the sum of squares of what it gives. */
const both =
  (layer: (...inputs: tf.Tensor[]) => tf.Tensor): Layer =>
  (inputs) =>
    tf.grads((...given: tf.Tensor[]) => tf.sum(tf.square(layer(...given))))(inputs);
const alone =
  (layer: (...inputs: tf.Tensor[]) => tf.Tensor): Layer =>
  (inputs) => [layer(...inputs)];

function layers(): [name: string, inputs: tf.Tensor[], layer: Layer][] {
  const random = (...axes: number[]) => tf.randomNormal(axes);
  const config = { hidden, blocks: 1, heads, cond, vocabSize: vocab, length, timeConditioned: false };
  const parameters = initialParameters(config, randomStream(1));
  const names = Object.keys(parameters);
  const named = (weights: tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, weights[i]!]));
  const [x, c, chunk] = [random(batch, length, hidden), random(1, cond), random(1, 1, hidden)];
  const weights = Object.values(parameters);
  const positions = tf.tensor1d(
    Int32Array.from({ length: asked }, (_, i) => Math.floor((i * rows) / asked)),
    'int32',
  );
  const ids = tf.tensor1d(randomStream(2).integers(rows, vocab), 'int32');
  const table = parameters['vocab_embed.embedding']!;
  const [packed, wide] = [random(rows, 3 * hidden), random(rows, 4 * hidden)];
  const attend = (qkv: tf.Tensor) => attention(qkv, shape);
  const norm = (y: tf.Tensor, w: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => modulatedNorm(y, w, scale, shift);
  return [
    ['attention', [packed], alone(attend)],
    ['attention, with its gradient', [packed], both(attend)],
    [
      `attention for ${asked} positions only`,
      [random(asked, hidden), random(rows, hidden), random(rows, hidden), positions],
      ([q, k, v, at]) => [attentionAt(q!, [k!, v!], at!, shape)],
    ],
    ['block', [x, c, ...weights], ([y, d, ...w]) => [ditBlock(config, named(w), 0, y!, d!)]],
    [
      `block for ${asked} positions only`,
      [x, c, positions, ...weights],
      ([y, d, at, ...w]) => [ditBlock(config, named(w), 0, y!, d!, { positions: at! })],
    ],
    ['norm and projection', [x, c, ...weights], ([y, d, ...w]) => [project(named(w), 0, y!, d!)]],
    [
      'the same once for each token of the vocabulary',
      [table, ids, c, ...weights],
      ([e, at, d, ...w]) => [tf.gather(project(named(w), 0, tf.expandDims(e!, 0), d!), at as tf.Tensor1D)],
    ],
    ['norm', [x, random(hidden), chunk, chunk], alone(norm)],
    ['norm, with its gradient', [x, random(hidden), chunk, chunk], both(norm)],
    ['residual with a bias', [x, x, chunk, random(hidden)], alone(gatedResidual)],
    [
      'the same with the bias added before',
      [x, x, chunk, random(hidden)],
      ([a, b, gate, bias]) => [gatedResidual(a!, tf.add(b!, bias!), gate!)],
    ],
    ['GELU', [wide, random(4 * hidden)], alone(biasedGelu)],
    ['GELU, with its gradient', [wide, random(4 * hidden)], both(biasedGelu)],
    ['a way through memory', [wide], ([y]) => [tf.add(y!, 1)]],
  ];
}

async function main(): Promise<void> {
  const engine = await openEngine({ prefer: 'native', threads: Number(options.threads) });
  console.log('| layer | median | least |\n| --- | --- | --- |');
  for (const [name, inputs, layer] of layers()) {
    const compiled = engine.compile(layer);
    const times: number[] = [];
    for (let round = -3; round < Number(options.rounds); round++) {
      const started = performance.now();
      const results = compiled(inputs);
      // One number of each result, to wait for it without reading it all.
      const firsts = results.map((result) => tf.tidy(() => tf.slice(tf.reshape(result, [-1]), 0, 1)));
      await Promise.all(firsts.map((first) => first.data()));
      tf.dispose([...results, ...firsts]);
      if (round >= 0) times.push(performance.now() - started);
    }
    compiled.dispose();
    console.log(`| ${name} | ${median(times).toFixed(2)} ms | ${Math.min(...times).toFixed(2)} ms |`);
  }
}

await main();
