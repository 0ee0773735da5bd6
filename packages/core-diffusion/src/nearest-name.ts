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

/**
 * The end of a sentence on a name that there is not: `did you mean "dit"?`, or all names where none is close.
 * @param otherwise what is said where none is close (default: `choose one of …`)
 */
export function didYouMean(
  name: string,
  names: readonly string[],
  otherwise = `choose one of ${names.join(', ')}.`,
): string {
  const close = nearest(name, names);
  return close ? `did you mean "${close}"?` : otherwise;
}
