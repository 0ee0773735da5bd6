/** Finite stand-in for −∞ in log-probabilities, as in the references. */
export const NEGATIVE_INFINITY = -1e6;

/** ln softmax of a row in place. */
export function normaliseRow(logits: Float64Array): void {
  // By index: V8's iterator makes an object of every number, and collecting them took more time than the sums.
  let top = -Infinity;
  for (let v = 0; v < logits.length; v++) if (logits[v]! > top) top = logits[v]!;
  let total = 0;
  for (let v = 0; v < logits.length; v++) total += Math.exp(logits[v]! - top);
  const shift = top + Math.log(total);
  for (let v = 0; v < logits.length; v++) logits[v]! -= shift;
}

/** SUBS on the host: a row at the mask excludes the mask and is normalised, any other row is one-hot at its token. */
export function subsRow(logits: Float64Array, current: number, maskId: number): void {
  if (current !== maskId) {
    logits.fill(NEGATIVE_INFINITY);
    logits[current] = 0;
    return;
  }
  logits[maskId] = -Infinity;
  normaliseRow(logits);
  logits[maskId] = NEGATIVE_INFINITY;
}
