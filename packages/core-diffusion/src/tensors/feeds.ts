import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RandomStream } from '../random/stream';

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

/** Numbers that are drawn at a time: twice as wide as they are kept, and an even count, so that draws pair up as those of one call. */
const DRAWN_AT_ONCE = 2 ** 18;

/** Standard normal draws as a feed of some shape: the numbers of one call of `normals`, whose float64 are never all there. */
export function normalFeed(random: RandomStream, shape: readonly number[]): FloatFeed {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let at = 0; at < values.length; at += DRAWN_AT_ONCE)
    values.set(random.normals(Math.min(DRAWN_AT_ONCE, values.length - at)), at);
  return { values, shape };
}

/** Uniforms for `drawCategories`: float32, held below 1 so that no rounding reaches the end of the cumulative sum. */
export const uniformFeed = (uniforms: Float64Array): FloatFeed =>
  floatFeed(uniforms.map((u) => Math.min(u, 1 - 2 ** -23)));

const isFeed = (value: object): value is Feed => 'values' in value && 'shape' in value;

/** Bytes of the arrays of feeds, or of groups of feeds. */
export const feedBytes = (feeds: object): number =>
  isFeed(feeds)
    ? feeds.values.byteLength
    : Object.values(feeds).reduce<number>((sum, value) => sum + (value ? feedBytes(value as object) : 0), 0);

/** One feed as a tensor. By tag, since `instanceof` fails for arrays of another realm (workers of a test runner, `vm` contexts). */
const tensorOf = ({ values, shape }: Feed): Tensor =>
  tf.tensor(values, [...shape], values[Symbol.toStringTag] === 'Int32Array' ? 'int32' : 'float32');

/** Uploads feeds, or groups of feeds, to the backend; the caller owns the tensors (`tf.dispose` frees them all). */
export function upload<Feeds extends object>(feeds: Feeds): Uploaded<Feeds> {
  if (isFeed(feeds)) return tensorOf(feeds) as Uploaded<Feeds>;
  const entries = Object.entries(feeds).filter(([, value]) => value !== undefined) as [string, object][];
  return Object.fromEntries(entries.map(([name, value]) => [name, upload(value)])) as Uploaded<Feeds>;
}
