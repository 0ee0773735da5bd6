import { InputError } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { FREE } from '@idlm/samplers';
import type { InfillText } from '../text/infill';
import type { GivenText } from '../text/prompts';
import type { Writer } from './writer';

/** A text with holes whose lengths are settled. */
export interface FittedInfill {
  readonly given: GivenText;
  /** What was written in each hole, as text, from the tokens of a whole text. */
  fills(tokens: Int32Array): string[];
  /** The text as it was given, with what was written in its holes. */
  filled(tokens: Int32Array): string;
}

/** Tokens that are left for a hole: those of the network less what is given and what other holes have at least. */
function roomFor({ pieces, holes }: InfillText, lengths: readonly number[], window: number): number {
  const given = pieces.reduce((sum, { ids }) => sum + ids.length, 0);
  const others = holes.reduce((sum, { least }, i) => sum + (i === lengths.length ? 0 : (lengths[i] ?? least)), 0);
  return window - given - others;
}

/** The length of a hole: the one that is given, or the one that fits what stands around it best. */
async function lengthOf(
  infill: InfillText,
  lengths: readonly number[],
  writer: Writer,
  window: number,
): Promise<number> {
  const at = lengths.length;
  const { least, most } = infill.holes[at]!;
  if (most === least) return least;
  const room = roomFor(infill, lengths, window);
  if (!writer.holeLength)
    throw new InputError('A model that writes from left to right fills in no holes; give a --prompt.');
  const before = infill.pieces
    .slice(0, at + 1)
    .flatMap(({ ids }, i) => [...ids, ...(i < at ? new Array<number>(lengths[i]!).fill(FREE) : [])]);
  return writer.holeLength({
    before,
    behind: infill.pieces[at + 1]!.ids,
    least,
    most: Math.max(least, Math.min(most, room)),
  });
}

/**
 * Settles the lengths of all holes, from left to right: those that are not given by how likely the text behind is.
 * @param window most tokens of the text
 * @throws InputError for a hole of unknown length with no text behind it or another hole at once, and for a text that is too long
 */
export async function fitInfill(
  infill: InfillText,
  writer: Writer,
  tokenizer: Tokenizer,
  window: number,
): Promise<FittedInfill> {
  const lengths: number[] = [];
  for (let hole = 0; hole < infill.holes.length; hole++) lengths.push(await lengthOf(infill, lengths, writer, window));
  const { text, pieces } = infill;
  const clamp = Int32Array.from(
    pieces.flatMap(({ ids }, i) => [...ids, ...new Array<number>(lengths[i] ?? 0).fill(FREE)]),
  );
  if (clamp.length > window)
    throw new InputError(
      `${JSON.stringify(text)} takes ${clamp.length} tokens with its holes, and there is room for ${window}; shorten it.`,
    );
  const starts = lengths.map((_, hole) =>
    pieces.slice(0, hole + 1).reduce((sum, { ids }, i) => sum + ids.length + (i < hole ? lengths[i]! : 0), 0),
  );
  // A token's text may depend on what stands before it, as a leading space.
  const fills = (tokens: Int32Array) =>
    starts.map((start, hole) => {
      const before = tokenizer.decode(tokens.subarray(0, start));
      return tokenizer.decode(tokens.subarray(0, start + lengths[hole]!)).slice(before.length);
    });
  return {
    given: { text, clamp },
    fills,
    filled: (tokens) => {
      const written = fills(tokens);
      return pieces.map((piece, i) => piece.text + (written[i] ?? '')).join('');
    },
  };
}
