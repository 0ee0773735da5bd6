import {
  type ConformanceCheck,
  type NetworkDescription,
  type Parameters,
  demand,
  randomStream,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { configFields, readConfigFields } from '../hub/config-file';
import { parametersFrom, weightsFile } from '../hub/weights';
import { freshParameters, shapesOf } from '../registry';
import { readSafetensors } from '../safetensors/read';
import {
  type Checked,
  ROWS,
  TOLERANCE,
  ask,
  batchFor,
  described,
  largestDifference,
  same,
  withNetwork,
} from './checked-network';

async function describes({ network, denoiser }: Checked): Promise<void> {
  demand(
    described(denoiser.describe()) === described(network),
    `describe() gives ${JSON.stringify(denoiser.describe())}`,
  );
  const { timeConditioned } = network.config;
  demand(denoiser.timeConditioned === timeConditioned, 'timeConditioned is not that of the configuration');
}

async function initialWeights({ network }: Checked): Promise<void> {
  const made = [1, 2].map(() => freshParameters(network, randomStream(5)));
  const [first, second] = made as [Parameters, Parameters];
  const shapes = Object.entries(first).map(([name, { shape }]) => [name, shape]);
  const values = [first, second].map((weights) =>
    Object.values(weights).map((weight) => Array.from(weight.dataSync())),
  );
  const types = Object.values(first).map(({ dtype }) => dtype);
  tf.dispose(made);
  demand(
    same(Object.fromEntries(shapes), shapesOf(network)),
    '`initial` gives other names, shapes or order than `shapes`',
  );
  demand(
    types.every((type) => type === 'float32'),
    'a weight is not float32, so that it could not be saved',
  );
  demand(same(values[0], values[1]), 'the same stream gave other weights');
}

async function shape(checked: Checked): Promise<void> {
  const { vocabSize, length } = checked.network.config;
  for (const shorter of [length, Math.max(1, length - 1)]) {
    const ids = randomStream(3).integers(2 * shorter, vocabSize);
    const logits = await ask(checked, { ids, rows: 2, length: shorter });
    demand(
      same(logits.shape, [2, shorter, vocabSize]),
      `logits of 2 × ${shorter} tokens have shape [${logits.shape.join()}]`,
    );
    demand(logits.values.every(Number.isFinite), 'a logit is not finite');
  }
}

async function positions(checked: Checked): Promise<void> {
  const [batch, width] = [batchFor(checked.network), checked.network.config.vocabSize];
  const total = batch.rows * batch.length;
  const asked = [...new Set([0, Math.floor(total / 2), total - 1])];
  const [all, some] = [await ask(checked, batch), await ask(checked, { ...batch, positions: asked })];
  demand(
    same(some.shape, [asked.length, width]),
    `logits of ${asked.length} positions have shape [${some.shape.join()}]`,
  );
  const expected = asked.flatMap((at) => [...all.values.subarray(at * width, (at + 1) * width)]);
  const difference = largestDifference(some.values, expected);
  demand(difference < TOLERANCE, `logits at asked positions differ from those of all positions by ${difference}`);
}

/** The output head makes of the hidden states at positions what `apply` gives there. */
async function head(checked: Checked): Promise<void> {
  const { denoiser, parameters, network } = checked;
  if (!denoiser.head) return;
  demand(denoiser.hidden !== undefined, 'there is a head, and nothing that gives the hidden states that it reads');
  const { ids, rows, length } = batchFor(network);
  const { weights, apply } = denoiser.head;
  const own = Object.fromEntries(weights.map((name) => [name, parameters[name]!]));
  const places = [0, 1, rows * length - 1];
  const logits = tf.tidy(() => {
    const input = { ids: tf.tensor2d(ids, [rows, length], 'int32') };
    return apply(own, denoiser.hidden!(parameters, input, tf.fill([rows], 0.7), tf.tensor1d(places, 'int32')));
  });
  const found = await logits.data();
  logits.dispose();
  const whole = await ask(checked, { ids, rows, length, positions: places });
  const difference = largestDifference(found, whole.values);
  demand(difference < TOLERANCE, `the head on hidden states differs from the logits by ${difference}`);
}

/** Some rows of the head's weights make the logits of those entries, if it says so. */
async function headByEntry({ denoiser, parameters }: Checked): Promise<void> {
  const { head, vocabSize } = denoiser;
  if (!head?.byEntry) return;
  const rows = tf.range(1, vocabSize, 1, 'int32') as tf.Tensor1D;
  const all = Object.fromEntries(head.weights.map((name) => [name, parameters[name]!]));
  const width = head.weights.map((name) => all[name]!.shape).find((shape) => shape.length === 2)?.[1] ?? 1;
  const [found, expected] = tf.tidy(() => {
    const states = tf.randomNormal([2, width], 0, 1, 'float32', 1);
    const some = Object.fromEntries(head.weights.map((name) => [name, tf.gather(all[name]!, rows)]));
    return [head.apply(some, states), tf.slice(head.apply(all, states), [0, 1], [2, -1])];
  });
  const difference = largestDifference(await found.data(), await expected.data());
  tf.dispose([rows, found, expected]);
  demand(difference < TOLERANCE, `the head on some rows of its weights differs from their logits by ${difference}`);
}

/** What is computed in advance of the weights changes no logit, and has names of its own. */
async function constants(checked: Checked): Promise<void> {
  const { denoiser, parameters } = checked;
  const found = denoiser.constants?.(parameters) ?? {};
  try {
    const taken = Object.keys(found).find((name) => name in parameters);
    demand(taken === undefined, `a constant has the name ${taken}, which is that of a weight`);
    const batch = batchFor(checked.network);
    const [plain, given] = [
      await ask(checked, batch),
      await ask({ ...checked, parameters: { ...parameters, ...found } }, batch),
    ];
    const difference = largestDifference(plain.values, given.values);
    demand(difference < TOLERANCE, `with what \`constants\` gives logits differ by ${difference}`);
  } finally {
    tf.dispose(found);
  }
}

async function independentRows(checked: Checked): Promise<void> {
  const batch = batchFor(checked.network);
  const all = await ask(checked, batch);
  const size = all.values.length / ROWS;
  for (let row = 0; row < ROWS; row++) {
    const ids = batch.ids.slice(row * batch.length, (row + 1) * batch.length);
    const { values } = await ask(checked, { ...batch, ids, rows: 1 });
    const difference = largestDifference(values, all.values.subarray(row * size, (row + 1) * size));
    demand(difference < TOLERANCE, `row ${row} alone differs from itself among others by ${difference}`);
  }
}

async function time(checked: Checked): Promise<void> {
  const batch = batchFor(checked.network);
  const [early, late] = [await ask(checked, { ...batch, sigma: 0.05 }), await ask(checked, { ...batch, sigma: 3 })];
  const difference = largestDifference(early.values, late.values);
  if (checked.denoiser.timeConditioned)
    demand(difference > 0, 'timeConditioned is true, and the noise level changes nothing');
  else demand(difference === 0, `timeConditioned is false, and the noise level changes logits by ${difference}`);
}

async function causal(checked: Checked): Promise<void> {
  const { vocabSize, length } = checked.network.config;
  if (!checked.network.config.causal || length < 2) return;
  const batch = batchFor(checked.network);
  const ids = batch.ids.map((id, i) => (i % length === length - 1 ? (id + 1) % vocabSize : id));
  const [before, after] = [await ask(checked, batch), await ask(checked, { ...batch, ids })];
  const early = before.values.map((value, i) =>
    Math.floor(i / vocabSize) % length === length - 1 ? 0 : Math.abs(value - after.values[i]!),
  );
  const difference = Math.max(...early);
  demand(difference < TOLERANCE, `causal is true, and the last token changes logits before it by ${difference}`);
}

async function pure(checked: Checked): Promise<void> {
  const batch = batchFor(checked.network);
  const weights = () => Object.values(checked.parameters).map((weight) => Array.from(weight.dataSync()));
  const [before, first] = [weights(), await ask(checked, batch)];
  const tensors = tf.memory().numTensors;
  const second = await ask(checked, batch);
  const left = tf.memory().numTensors - tensors;
  demand(left === 0, `a call leaves ${left} tensors behind`);
  demand(same([...first.values], [...second.values]), 'the same call gave other logits');
  demand(same(before, weights()), 'a call changed the weights');
}

async function differentiable(checked: Checked): Promise<void> {
  const { denoiser, parameters, network } = checked;
  const { ids, rows, length } = batchFor(network);
  const [names, weights] = [Object.keys(parameters), Object.values(parameters)];
  const gradients = tf.tidy(() => {
    const input = { ids: tf.tensor2d(ids, [rows, length], 'int32') };
    const loss = (...given: tf.Tensor[]) => {
      const named = Object.fromEntries(names.map((name, i) => [name, given[i]!]));
      return tf.mean(tf.square(denoiser.apply(named, input, tf.fill([rows], 0.7)))) as tf.Scalar;
    };
    return tf.grads(loss)(weights);
  });
  const wrong = names.find((_, i) => !gradients[i]!.dataSync().every(Number.isFinite));
  tf.dispose(gradients);
  demand(wrong === undefined, `the gradient of ${wrong} is not finite`);
}

async function saved({ network, parameters }: Checked): Promise<void> {
  const fields = JSON.parse(JSON.stringify(configFields({ network }))) as unknown;
  const read = readConfigFields(fields, 'config.json').network;
  demand(described(read) === described(network), `config.json gives ${JSON.stringify(read)} back`);
  const loaded = parametersFrom(readSafetensors(await weightsFile(parameters, network, {})), network, 'The file');
  const differing = Object.keys(parameters).find(
    (name) => !same([...loaded[name]!.dataSync()], [...parameters[name]!.dataSync()]),
  );
  const order = same(Object.keys(loaded), Object.keys(parameters));
  tf.dispose(loaded);
  demand(differing === undefined, `the weight ${differing} is another one after it was saved and loaded`);
  demand(order, 'weights come back in another order');
}

const CHECKS: readonly (readonly [name: string, run: (checked: Checked) => Promise<void>])[] = [
  ['describes itself as it was made', describes],
  ['begins with float32 weights of the shapes that it names, the same for the same stream', initialWeights],
  ['gives finite logits [B, L, V], also for shorter sequences', shape],
  ['gives at asked positions what it gives at all', positions],
  ['has a head that makes its logits of hidden states, if it has one', head],
  ['has a head that goes by entries of the vocabulary, if it says so', headByEntry],
  ['gives the same with what follows from its weights, if it says what that is', constants],
  ['treats each row by itself', independentRows],
  ['reads the noise level if it says so, and not otherwise', time],
  ['sees no later token if it is causal', causal],
  ['is pure, and leaves no tensors behind', pure],
  ['has a finite gradient in every weight', differentiable],
  ['is saved and loaded bit for bit', saved],
];

/**
 * The promises of a network of a registered type, to be run by any test runner on whatever backend is set. A small configuration
 * will do. Logits that should be equal may differ by 1e-4, since products of other shapes add up in another order.
 * @returns checks whose `run` rejects with a sentence saying which promise is broken, and by how much
 * @throws InputError (from a check) if the type is not registered
 * @example
 * ```ts
 * import { PRESETS } from '@idlm/denoiser';
 * import { denoiserConformance } from '@idlm/denoiser/conformance';
 * import { openEngine } from '@idlm/engine';
 *
 * await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, hidden: 16, blocks: 1, heads: 2, length: 8, vocabSize: 11, timeConditioned: true };
 * const checks = denoiserConformance({ type: 'dit', config });
 * for (const { run } of checks) await run();
 * console.log(`${checks.length} promises are kept`); // → 13 promises are kept
 * ```
 */
export const denoiserConformance = (network: NetworkDescription): readonly ConformanceCheck[] =>
  CHECKS.map(([name, run]) => ({ name, run: () => withNetwork(network, run) }));
