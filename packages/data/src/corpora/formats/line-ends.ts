/** Makes line ends those of Unix, and counts what it changed. */
export interface LineEnds {
  /** Windows line ends that became `\n`. */
  count: number;
  /** A text with `\n` for `\r\n`, and without byte-order marks at the beginning of its lines, as joined files have them. */
  unify(text: string): string;
}

/** A count of line ends that begins at 0. */
export function lineEnds(): LineEnds {
  return {
    count: 0,
    unify(text) {
      const unmarked = text.includes('\uFEFF') ? text.replaceAll(/(^|\n)\uFEFF/g, '$1') : text;
      if (!unmarked.includes('\r\n')) return unmarked;
      const unified = unmarked.replaceAll('\r\n', '\n');
      this.count += unmarked.length - unified.length;
      return unified;
    },
  };
}
