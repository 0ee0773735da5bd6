import * as tf from '@tensorflow/tfjs-core';
import type { Fed, Feed, Feeds } from '../families/family';

/** int32 values as a feed; `shape` defaults to a vector. */
export const intFeed = (values: Int32Array, shape: readonly number[] = [values.length]): Feed => ({ values, shape });

/** float32 values as a feed; `shape` defaults to a vector. */
export const floatFeed = (values: ArrayLike<number>, shape: readonly number[] = [values.length]): Feed => ({
  values: Float32Array.from(values),
  shape,
});

/** Uniforms for `categoricalRows`: float32, held below 1 so that no rounding reaches the end of the cumulative sum. */
export const uniformFeed = (uniforms: Float64Array): Feed => floatFeed(uniforms.map((u) => Math.min(u, 1 - 2 ** -23)));

/** Uploads feeds to the backend; the caller owns the tensors. */
export const upload = (feeds: Feeds): Fed =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { values, shape }]) => [
      name,
      // By tag, since `instanceof` fails for arrays of another realm (workers of a test runner, `vm` contexts).
      tf.tensor(values, [...shape], values[Symbol.toStringTag] === 'Int32Array' ? 'int32' : 'float32'),
    ]),
  );

/** Feeds under a prefix, so that two sets can travel together: `first.positions`. */
export const prefixed = <Value>(prefix: string, feeds: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(feeds).map(([name, value]) => [`${prefix}.${name}`, value]));

/** The feeds of one prefix, without it. */
export const withPrefix = <Value>(prefix: string, feeds: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(feeds)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, value]) => [name.slice(prefix.length + 1), value]),
  );
