import { feedBytes } from '@idlm/core-diffusion';

/** Values by number, of which the next can be made before it is asked for. */
export interface Ahead<Value> {
  /** Value number k: the prepared one, or a fresh one. */
  take(k: number): Promise<Value>;
  /** Begins to make value number k now and keeps it until it is taken, unless the last one was too large to have two. */
  prepare(k: number): void;
}

/** Bytes of a step's feeds up to which the next ones are drawn while it is computed: 64 MiB. */
const SMALL = 2 ** 26;

/** Whether feeds are small enough to have the next ones beside them. */
export const areSmall = (parts: readonly object[]): boolean => feedBytes(parts) <= SMALL;

/**
 * @param make a pure function of k, so that preparing changes nothing but the time of the work
 * @param isSmall whether there may be a second value like this one (default: always)
 */
export function ahead<Value>(
  make: (k: number) => Promise<Value>,
  isSmall: (value: Value) => boolean = () => true,
): Ahead<Value> {
  let kept: { readonly k: number; readonly value: Promise<Value> } | undefined;
  let roomForTwo = true;
  return {
    async take(k) {
      const promised = kept?.k === k ? kept.value : make(k);
      kept = undefined;
      const value = await promised;
      roomForTwo = isSmall(value);
      return value;
    },
    prepare(k) {
      if (!roomForTwo) return;
      const value = make(k);
      // A failure is told to whoever takes it.
      value.catch(() => {});
      kept = { k, value };
    },
  };
}
