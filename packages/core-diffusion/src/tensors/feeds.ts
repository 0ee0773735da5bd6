import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * A host array that a step uploads as one of its inputs: int32 from an `Int32Array`, else float32. All that varies from step to
 * step is a feed, so that a traced step never freezes a number.
 */
export interface Feed {
  readonly values: Int32Array | Float32Array;
  readonly shape: readonly number[];
}

/** A feed of int32. */
export interface IntFeed extends Feed {
  readonly values: Int32Array;
}

/** A feed of float32. */
export interface FloatFeed extends Feed {
  readonly values: Float32Array;
}

/** Feeds as `upload` makes them: an object whose members are feeds, or such objects, with a tensor in place of each feed. */
export type Uploaded<Feeds> = Feeds extends Feed ? Tensor : { readonly [Name in keyof Feeds]: Uploaded<Feeds[Name]> };

/** int32 values as a feed; `shape` defaults to a vector. */
export const intFeed = (values: Int32Array, shape: readonly number[] = [values.length]): IntFeed => ({ values, shape });

/** float32 values as a feed; `shape` defaults to a vector. */
export const floatFeed = (values: ArrayLike<number>, shape: readonly number[] = [values.length]): FloatFeed => ({
  values: Float32Array.from(values),
  shape,
});

/** Uniforms for `categoricalRows`: float32, held below 1 so that no rounding reaches the end of the cumulative sum. */
export const uniformFeed = (uniforms: Float64Array): FloatFeed =>
  floatFeed(uniforms.map((u) => Math.min(u, 1 - 2 ** -23)));

const isFeed = (value: object): value is Feed => 'values' in value && 'shape' in value;

/** One feed as a tensor. By tag, since `instanceof` fails for arrays of another realm (workers of a test runner, `vm` contexts). */
const tensorOf = ({ values, shape }: Feed): Tensor =>
  tf.tensor(values, [...shape], values[Symbol.toStringTag] === 'Int32Array' ? 'int32' : 'float32');

/** Uploads feeds, or groups of feeds, to the backend; the caller owns the tensors (`tf.dispose` frees them all). */
export function upload<Feeds extends object>(feeds: Feeds): Uploaded<Feeds> {
  if (isFeed(feeds)) return tensorOf(feeds) as Uploaded<Feeds>;
  const entries = Object.entries(feeds).filter(([, value]) => value !== undefined) as [string, object][];
  return Object.fromEntries(entries.map(([name, value]) => [name, upload(value)])) as Uploaded<Feeds>;
}
