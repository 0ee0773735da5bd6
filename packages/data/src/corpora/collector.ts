/** A growing int32 array: `add` appends, `take` copies what there is. */
export function collector() {
  let values = new Int32Array(1 << 16);
  let size = 0;
  return {
    add(more: Int32Array): void {
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
