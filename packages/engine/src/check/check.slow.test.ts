import * as tf from '@tensorflow/tfjs-core';
import { isInstalled } from '../install/locations';
import { openEngine } from '../open';
import { runPlainly } from '@idlm/core-diffusion';
import { checkEngine } from './check';
import { train, trainingStep } from './step';

const engines = ['wasm', ...(isInstalled() ? (['native'] as const) : [])] as const;
if (engines.length === 1) console.info('The native engine is not installed: its check is not tried here.');

describe.each(engines)('the check of %s', (prefer) => {
  it('passes, measures rates, and leaves nothing behind', async () => {
    for (const name of ['cpu', prefer] as const) await openEngine({ prefer: name });
    const before = tf.memory().numTensors;
    const { passed, engine, operations, compiledOperations, training, rate } = await checkEngine({ prefer });
    expect([...operations, ...(compiledOperations ?? []), ...training].filter((one) => !one.passed)).toEqual([]);
    expect([passed, engine.name]).toEqual([true, prefer]);
    expect(training.map(({ name }) => name)).toEqual(prefer === 'native' ? ['op by op', 'compiled'] : ['op by op']);
    expect(rate.opByOp).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('trains by its steps: the loss falls and no weight stays', async () => {
  await openEngine({ prefer: 'wasm' });
  const sizes = { batch: 4, length: 8, width: 16, vocab: 12 };
  const [fixed, trained] = [0, 0.1].map((rate) =>
    train(
      ([ids, targets, _, ...state]) => runPlainly(trainingStep(sizes))([ids!, targets!, tf.scalar(rate), ...state]),
      sizes,
      5,
    ),
  );
  expect(trained![4]).toBeLessThan(0.9 * fixed![4]!);
  trained!.slice(5).forEach((weight, i) => expect(weight).not.toBe(fixed![5 + i]));
});

it('finds a wrong kernel and one that fails, by name', async () => {
  await openEngine({ prefer: 'wasm' });
  const kernels = ['Tanh', 'Sin'].map((name) => tf.getKernel(name, 'wasm'));
  kernels.forEach(({ kernelName }) => tf.unregisterKernel(kernelName, 'wasm'));
  tf.registerKernel({ ...kernels[0]!, kernelFunc: tf.getKernel('Sigmoid', 'wasm').kernelFunc });
  const { passed, operations } = await checkEngine({ prefer: 'wasm' });
  kernels.forEach((kernel) => {
    if (kernel.kernelName === 'Tanh') tf.unregisterKernel('Tanh', 'wasm');
    tf.registerKernel(kernel);
  });
  expect(passed).toBe(false);
  const wrong = operations.filter((one) => !one.passed);
  expect(wrong.map(({ name }) => name)).toEqual(expect.arrayContaining(['tanh', 'sin']));
  expect(wrong.find(({ name }) => name === 'tanh')!.error).toBeGreaterThan(0.01);
  expect(wrong.find(({ name }) => name === 'sin')!.problem).toContain('Sin');
});
