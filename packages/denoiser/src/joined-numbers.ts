/** Arrays of numbers, such as logits of the parts of a request, one behind another in a new one. @param Numbers their class */
export function joinedNumbers<Joined extends Float32Array | Float64Array>(
  parts: readonly Joined[],
  Numbers: new (length: number) => Joined,
): Joined {
  const all = new Numbers(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
