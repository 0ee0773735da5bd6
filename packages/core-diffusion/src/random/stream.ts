import { InputError } from '../errors';
import { philox } from './philox';

/** The whole state of a stream, as JSON. */
export interface RandomState {
  /** The 64-bit key, 16 hexadecimal digits. */
  readonly key: string;
  /** How many 64-bit words were drawn, below 2⁵³. */
  readonly drawn: number;
}

/**
 * A seeded stream of random numbers. Every draw in this project comes from one, on the host, so that engines agree
 * and a run can be resumed bit for bit. Streams split by label without advancing, so adding a draw in one place never
 * shifts those of another.
 */
export interface RandomStream {
  /** The next float64 in [0, 1), with 53 random bits. */
  uniform(): number;
  /** The next `count` of them. */
  uniforms(count: number): Float64Array;
  /** `count` standard normal numbers (float64, Box–Muller on pairs; an odd count discards the partner). */
  normals(count: number): Float64Array;
  /** `count` integers, uniform over 0 … below − 1. */
  integers(count: number, below: number): Int32Array;
  /** An independent stream that depends on this stream's key and the label only, not on how much was drawn. */
  split(label: string | number): RandomStream;
  /** What `restoreStream` needs to continue with the very next number. */
  state(): RandomState;
}

type Key = readonly [number, number];

/** FNV-1a over the UTF-16 units of a label: enough to tell labels apart; Philox does the mixing. */
function hashLabel(label: string, offset: number): number {
  let hash = offset;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** What every block is computed from and into: an array of its own for each costs more than the block. */
const [counter, words] = [new Uint32Array(4), new Uint32Array(4)];

/** The key of a child: one Philox block of the label's hash under the parent's key, in a counter range draws never reach. */
function childKey(key: Key, label: string): Key {
  counter[0] = hashLabel(label, 0x811c9dc5);
  counter[1] = hashLabel(label, 0x9747b28c);
  counter[2] = label.length;
  counter[3] = 0xffffffff;
  philox(counter, key, words);
  return [words[0]!, words[1]!];
}

/** The number in [0, 1) of 53 bits of two words. */
const fractionOf = (high: number, low: number): number => ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000;

const hexadecimal = (word: number) => word.toString(16).padStart(8, '0');

function stream(key: Key, start: number): RandomStream {
  let drawn = start;
  // A block is two numbers; the second is kept.
  let second = -1;
  const uniform = (): number => {
    const isSecond = drawn % 2 === 1;
    if (!isSecond || second < 0) {
      const block = Math.floor(drawn / 2);
      counter[0] = block;
      counter[1] = block / 0x100000000;
      counter[2] = counter[3] = 0;
      philox(counter, key, words);
      second = fractionOf(words[2]!, words[3]!);
    }
    drawn++;
    return isSecond ? second : fractionOf(words[0]!, words[1]!);
  };
  return {
    uniform,
    uniforms(count) {
      const out = new Float64Array(count);
      for (let i = 0; i < count; i++) out[i] = uniform();
      return out;
    },
    normals(count) {
      const out = new Float64Array(count);
      for (let i = 0; i < count; i += 2) {
        const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
        const angle = 2 * Math.PI * uniform();
        out[i] = radius * Math.cos(angle);
        if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
      }
      return out;
    },
    integers(count, below) {
      if (!(Number.isInteger(below) && below >= 1))
        throw new InputError(`Integers are drawn below a whole number of at least 1; ${below} was given.`);
      // 53 random bits over at most 2³¹ values: the bias is below 2⁻²², beyond the reach of any test run here.
      const out = new Int32Array(count);
      for (let i = 0; i < count; i++) out[i] = Math.floor(uniform() * below);
      return out;
    },
    split: (label) => stream(childKey(key, String(label)), 0),
    state: () => ({ key: key.map(hexadecimal).join(''), drawn }),
  };
}

/**
 * The stream of a seed.
 * @param seed a non-negative whole number below 2⁵³, or any text
 * @throws InputError for other numbers
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 *
 * const random = randomStream(1);
 * console.log(random.integers(5, 10).join(' ')); // → 0 4 6 9 3
 * console.log(random.split('data').uniform() === randomStream(1).split('data').uniform()); // → true
 * ```
 */
export function randomStream(seed: number | string): RandomStream {
  if (typeof seed === 'number' && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new InputError(`A seed is a whole number from 0 to 2^53 - 1; ${seed} was given.`);
  }
  return stream(childKey([0x243f6a88, 0x85a308d3], String(seed)), 0);
}

/**
 * The stream that continues where `state` was taken. @throws InputError if it is not a state of `RandomStream.state`.
 * @example
 * ```ts
 * import { randomStream, restoreStream } from '@idlm/core-diffusion';
 *
 * const random = randomStream(1);
 * random.uniforms(3);
 * const restored = restoreStream(random.state());
 * console.log(restored.uniform() === random.uniform()); // → true
 * ```
 */
export function restoreStream(state: RandomState): RandomStream {
  if (!/^[0-9a-f]{16}$/.test(state.key) || !(Number.isSafeInteger(state.drawn) && state.drawn >= 0)) {
    throw new InputError(`This is no state of a random stream: ${JSON.stringify(state)}.`);
  }
  return stream([parseInt(state.key.slice(0, 8), 16), parseInt(state.key.slice(8), 16)], state.drawn);
}
