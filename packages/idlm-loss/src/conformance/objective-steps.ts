import { type Parameters, demand, randomStream, upload } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Networks, Objective } from '../objective';
import { dataBatch } from './small-model';

/** What an objective trains in a step. */
export type Role = 'student' | 'fake';

/** A feed, wherever it stands in the groups of a step. */
export interface FoundFeed {
  readonly path: string;
  readonly values: Int32Array | Float32Array;
  readonly shape: readonly number[];
}

/** All feeds of a step by their paths. @throws Error for what is neither a feed nor a group of feeds */
export function feedsIn(value: unknown, path = ''): FoundFeed[] {
  demand(
    typeof value === 'object' && value !== null,
    `the feed ${path} is ${String(value)}, and no array with its shape`,
  );
  const group = value as object;
  if (!('values' in group && 'shape' in group))
    return Object.entries(group)
      .filter(([, one]) => one !== undefined)
      .flatMap(([name, one]) => feedsIn(one, path ? `${path}.${name}` : name));
  const { values, shape } = group as FoundFeed;
  // By tag, since test runners have typed arrays of another realm.
  demand(
    /^(Int32|Float32)Array$/.test(values[Symbol.toStringTag]),
    `the feed ${path} is no Int32Array or Float32Array`,
  );
  return [{ path, values, shape }];
}

/** The steps that an objective has. */
export const rolesOf = ({ fakeLoss }: Objective): Role[] => (fakeLoss ? ['student', 'fake'] : ['student']);

export const drawn = (objective: Objective, role: Role, seed: number, update = 0): object =>
  objective[`${role}Feeds`]!(dataBatch(seed, update), randomStream(seed).split('step'));

/** Loss, statistics and gradients in the tables of all three networks. */
export function evaluate(objective: Objective, role: Role, networks: Networks, feeds: object) {
  const names = ['student', 'teacher', 'fake'] as const;
  const found = tf.tidy(() => {
    const fed = upload(feeds);
    let stats: Readonly<Record<string, number>> = {};
    const loss = (...tables: tf.Tensor[]): tf.Scalar => {
      const given = Object.fromEntries(names.map((name, i) => [name, { table: tables[i]! }])) as unknown as Networks;
      const result = objective[`${role}Loss`]!(given, fed);
      stats = Object.fromEntries(Object.entries(result.stats).map(([name, value]) => [name, value.dataSync()[0]!]));
      demand(result.loss.size === 1, `the loss has shape [${result.loss.shape.join()}], and is to be one number`);
      // Gradients are asked for in all tables, also in those that the loss does not read.
      const unread = tf.mul(0, tf.addN(tables.map((table) => tf.sum(table))));
      return tf.add(tf.reshape(result.loss, []), unread);
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => networks[name]['table']!));
    return { value: value.dataSync()[0]!, stats, gradients: grads.map((one) => Array.from(one.dataSync())) };
  });
  const [student, teacher, fake] = found.gradients as [number[], number[], number[]];
  return { ...found, gradients: { student, teacher, fake } };
}

/** Uses networks, and frees them. */
export function withNetworks<Result>(make: () => Networks, use: (networks: Networks) => Result): Result {
  const networks = make();
  try {
    return use(networks);
  } finally {
    tf.dispose(networks as unknown as Parameters);
  }
}
