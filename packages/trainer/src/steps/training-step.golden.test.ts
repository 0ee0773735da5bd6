import type { Parameters } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import { type GoldenCase, golden } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { disposeNetwork, startNetwork } from '../networks/network-state';
import type { OptimizerOptions } from './step';
import { trainingStep } from './training-step';

let engine: Engine;
beforeAll(async () => {
  engine = await useBackend();
});

const load = (data: GoldenCase, names: readonly string[]): Parameters =>
  Object.fromEntries(
    names.map((name) => [name, tf.tensor(Float32Array.from(data.numbers(name)), [...data.tensor(name).shape])]),
  );

const number = (data: GoldenCase, name: string): number => Number((data.params as Record<string, unknown>)[name]);

/** Entries whose first Adam step is not decided by rounding, as the golden set advises. */
function decided(gradient: Float64Array): number[] {
  const top = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Array.from(gradient.keys()).filter((i) => Math.abs(gradient[i]!) > 1e-4 * top);
}

/** Runs the first update of a network, such as `idlm_duo/student`, on the loss Σ w·g, whose gradient is the stored one. */
async function firstUpdate(network: string, ema: OptimizerOptions['ema']) {
  const [after, gradient] = [golden(`${network}_after`), golden(`${network}_grad`)];
  const names = gradient.names;
  const [weights, gradients] = [load(golden(network), names), load(gradient, names)];
  const step = trainingStep({
    engine,
    role: network,
    optimizer: { rate: () => number(after, 'lr'), ema },
    loss: (parameters, { gradients: fixed }) => ({
      loss: tf.addN(names.map((name) => tf.sum(tf.mul(parameters[name]!, fixed![name]!)))),
      stats: {},
    }),
  });
  const { state, report } = await step.run({ state: startNetwork(weights), frozen: { gradients }, parts: [{}] });
  step.dispose();
  tf.dispose([weights, gradients] as never);
  return { state, report, gradient };
}

/** The gates that the set's notes give for results of AdamW. */
const ATOL = 2e-5;

function expectParameters(actual: Parameters, expected: GoldenCase, gradient: GoldenCase, atol: number): void {
  expect(expected.names.length).toBeGreaterThan(3);
  for (const name of expected.names) {
    const entries = decided(gradient.numbers(name));
    const [received, wanted] = [actual[name]!.dataSync(), expected.numbers(name)];
    expect(entries.map((i) => received[i]!)).toBeCloseToArray(
      entries.map((i) => wanted[i]!),
      { atol },
    );
  }
}

const folders = ['idlm_mdlm', 'idlm_duo'];

describe.each(folders.flatMap((folder) => [`${folder}/student`, `${folder}/fake`]))(
  'the first update of %s',
  (network) => {
    it('gives the reference weights and the gradient norm of all tensors', async () => {
      const { state, report, gradient } = await firstUpdate(network, { decay: 0.999 });
      expectParameters(state.weights, golden(`${network}_after`), gradient, ATOL);
      const squares = gradient.names.flatMap((name) => Array.from(gradient.numbers(name), (value) => value ** 2));
      const norm = Math.sqrt(squares.reduce((a, b) => a + b, 0));
      expect([report.gradientNorm]).toBeCloseToArray([norm], { rtol: 1e-5 });
      disposeNetwork(state);
    });
  },
);

describe.each(folders)('the average of the student of %s', (folder) => {
  it.each([
    ['student_ema_warm', true],
    ['student_ema_plain', false],
  ])('%s', async (name, warmup) => {
    const expected = golden(`${folder}/${name}`);
    const { state, gradient } = await firstUpdate(`${folder}/student`, { decay: number(expected, 'ema'), warmup });
    expectParameters(state.ema, expected, gradient, expected.tolerance['atol'] ?? ATOL);
    disposeNetwork(state);
  });
});
