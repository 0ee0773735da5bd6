/**
 * A growing int32 array: `add` appends, `take` copies what there is.
 * @param capacity how many values it holds before it grows
 */
export function collector(capacity = 1 << 16) {
  let values = new Int32Array(capacity);
  let size = 0;
  return {
    add(more: ArrayLike<number>): void {
      while (size + more.length > values.length) {
        const wider = new Int32Array(values.length * 2);
        wider.set(values);
        values = wider;
      }
      values.set(more, size);
      size += more.length;
    },
    take: () => values.slice(0, size),
  };
}
