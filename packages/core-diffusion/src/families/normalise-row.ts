/** ln softmax of a row in place. */
export function normaliseRow(logits: Float64Array): void {
  let top = -Infinity;
  for (const value of logits) if (value > top) top = value;
  let total = 0;
  for (const value of logits) total += Math.exp(value - top);
  const shift = top + Math.log(total);
  for (let v = 0; v < logits.length; v++) logits[v]! -= shift;
}
