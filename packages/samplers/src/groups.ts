/**
 * Neighbours in groups whose sizes sum to at most `most`, each as its first index and the one behind its last; what is larger
 * alone stands alone.
 */
export function groupsOf(sizes: readonly number[], most: number): [from: number, to: number][] {
  const groups: [number, number][] = [];
  let [from, sum] = [0, 0];
  sizes.forEach((size, i) => {
    if (i > from && sum + size > most) {
      groups.push([from, i]);
      [from, sum] = [i, 0];
    }
    sum += size;
  });
  if (sizes.length) groups.push([from, sizes.length]);
  return groups;
}
