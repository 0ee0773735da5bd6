/** A moment of a sample: its text, and the tokens that it is of. */
interface Moment {
  readonly text: string;
  readonly tokens: ArrayLike<number>;
}

/**
 * The text of each position at each moment; undefined where every position has one character, as the text itself tells, or where the texts
 * of positions do not make up that of the row, as with characters whose bytes are several tokens.
 */
export function framePieces(
  moments: readonly Moment[],
  decode: (ids: readonly number[]) => string,
): string[][] | undefined {
  const known = new Map<number, string>();
  const pieceOf = (token: number): string => {
    const piece = known.get(token) ?? decode([token]);
    known.set(token, piece);
    return piece;
  };
  const pieces = moments.map(({ tokens }) => Array.from(tokens, pieceOf));
  const areWhole = pieces.every((row, i) => row.join('') === moments[i]!.text);
  const areCharacters = pieces.every((row) => row.every((piece) => [...piece].length === 1));
  return areWhole && !areCharacters ? pieces : undefined;
}
