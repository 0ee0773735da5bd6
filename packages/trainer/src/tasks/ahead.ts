/** Values by number, of which the next can be made before it is asked for. */
export interface Ahead<Value> {
  /** Value number k: the prepared one, or a fresh one. */
  take(k: number): Promise<Value>;
  /** Begins to make value number k now and keeps it until it is taken. */
  prepare(k: number): void;
}

/** @param make a pure function of k, so that preparing changes nothing but the time of the work */
export function ahead<Value>(make: (k: number) => Promise<Value>): Ahead<Value> {
  let kept: { readonly k: number; readonly value: Promise<Value> } | undefined;
  return {
    take(k) {
      const value = kept?.k === k ? kept.value : make(k);
      kept = undefined;
      return value;
    },
    prepare(k) {
      const value = make(k);
      // A failure is told to whoever takes it.
      value.catch(() => {});
      kept = { k, value };
    },
  };
}
