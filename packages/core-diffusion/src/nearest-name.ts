/** Levenshtein distance between two names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The one of `names` closest to a mistyped `name`, or undefined when none is close (over half its letters differ). */
function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, far: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)[0];
  return ranked && ranked.far <= Math.max(2, Math.floor(ranked.candidate.length / 2)) ? ranked.candidate : undefined;
}

/** What there is to choose from; where there is nothing, what brings it. */
const choicesOf = (names: readonly string[]): string =>
  names.length ? `choose one of ${names.join(', ')}.` : 'none is registered yet: import the module that registers it.';

/**
 * The end of a sentence on a name that there is not: `did you mean "dit"?`, or all names where none is close, or that there is none.
 * @param otherwise what is said where none is close (default: `choose one of …`)
 */
export function didYouMean(name: string, names: readonly string[], otherwise = choicesOf(names)): string {
  const close = nearest(name, names);
  return close ? `did you mean "${close}"?` : otherwise;
}
