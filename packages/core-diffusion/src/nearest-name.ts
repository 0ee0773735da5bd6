/** Letters put in, left out, replaced, or exchanged with their neighbour, which make one name of another (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [row, last] = [[i], rows[i - 1]!];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const exchanged = isExchanged ? rows[i - 2]![j - 2]! + 1 : Infinity;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, replaced, exchanged));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** Share of the longer name's letters that a mistyped one differs by, at most; one letter may always differ. */
const MOST_DIFFERING = 0.4;

/** The one of `names` closest to a mistyped `name`, or undefined when none is close. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, far: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)[0];
  if (!ranked) return undefined;
  const longer = Math.max(name.length, ranked.candidate.length);
  return ranked.far <= Math.max(1, Math.floor(MOST_DIFFERING * longer)) ? ranked.candidate : undefined;
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
