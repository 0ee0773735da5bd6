import type { Parameters } from '@idlm/core-diffusion';
import { type GoldenCase, golden } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import type { Adversarial, Networks } from '../src/objective';

function load(name: string): Parameters {
  const data = golden(name);
  const trained = data.names.filter((key) => !key.startsWith('rotary_emb'));
  return Object.fromEntries(
    trained.map((key) => [key, tf.tensor(Float32Array.from(data.numbers(key)), [...data.tensor(key).shape])]),
  );
}

/** The three networks of a folder of the golden set, such as `idlm_mdlm`. The caller owns them. */
export const loadNetworks = (folder: string): Networks => ({
  student: load(`${folder}/student`),
  teacher: load(`${folder}/teacher`),
  fake: load(`${folder}/fake`),
});

/** Which prompt marks a case has. */
export const validOf = (data: GoldenCase) =>
  data.names.includes('valid') ? Uint8Array.from(data.ints('valid')) : undefined;

/** Max-norm relative error per tensor, as the golden set advises. */
function expectGradient(actual: ArrayLike<number>, expected: Float64Array): void {
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  expect(actual).toBeCloseToArray(expected, { atol: 1e-3 * scale + 1e-9 });
}

/** Checks the gradient of a role's loss in every weight of which the set holds one: those of the case, or the whole file. */
export function expectGradients(
  objective: Adversarial,
  networks: Networks,
  role: 'student' | 'fake',
  fed: object,
  { data, folder }: { readonly data: GoldenCase; readonly folder: string },
): void {
  const names = Object.keys(networks[role]);
  const loss = (...values: tf.Tensor[]) => {
    const parameters = Object.fromEntries(names.map((key, i) => [key, values[i]!]));
    return objective[`${role}Loss`]({ ...networks, [role]: parameters }, fed).loss as tf.Scalar;
  };
  const gradients = tf.grads(loss)(names.map((key) => networks[role][key]!));
  const inCase = data.names.filter((key) => key.startsWith('grad.'));
  const whole = golden(`${folder}/${role}_grad`);
  const stored: [string, Float64Array][] = inCase.length
    ? inCase.map((key) => [key.slice('grad.'.length), data.numbers(key)])
    : whole.names.map((key) => [key, whole.numbers(key)]);
  expect(stored.length).toBeGreaterThan(3);
  for (const [key, expected] of stored) expectGradient(gradients[names.indexOf(key)]!.dataSync(), expected);
}
