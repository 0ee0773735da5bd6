import { InputError } from '@idlm/core-diffusion';
import { type Prompting, type Tokenizer, begunIds, encodePiece, requireText } from '@idlm/data';

/** A hole of a text, in tokens. */
interface TextHole {
  readonly least: number;
  readonly most: number;
}

/** A stretch of text between holes, as it was written and as the model reads it. */
interface GivenPiece {
  readonly text: string;
  readonly ids: Int32Array;
}

/** A text with holes: pieces and holes in turn, a piece at both ends, which may be empty there. */
export interface InfillText {
  /** As it was written. */
  readonly text: string;
  /** One more than the holes. */
  readonly pieces: readonly GivenPiece[];
  readonly holes: readonly TextHole[];
}

/** Five tokens, two to eight, or as many as fit best; `\[[` is no hole. */
const MARKERS = /\\\[\[|\[\[(?:(\?)|(\d+)(?:-(\d+))?)\]\]/g;

/** Most tokens of a hole of which nothing is said: each length more is a row more for the network to read. */
const MOST_UNKNOWN = 32;

/** The hole that a marker means; undefined for one that is escaped. */
function holeOf([, unknown, least, most]: RegExpMatchArray): TextHole | undefined {
  if (unknown !== undefined) return { least: 1, most: MOST_UNKNOWN };
  return least === undefined ? undefined : { least: Number(least), most: Number(most ?? least) };
}

/** Texts between the holes, and these. */
function split(text: string): { readonly texts: string[]; readonly holes: TextHole[] } {
  const [texts, holes] = [[] as string[], [] as TextHole[]];
  let [end, open] = [0, ''];
  for (const match of text.matchAll(MARKERS)) {
    open += text.slice(end, match.index);
    end = match.index + match[0].length;
    const hole = holeOf(match);
    if (hole === undefined) open += '[[';
    else {
      texts.push(open);
      holes.push(hole);
      open = '';
    }
  }
  return { texts: [...texts, open + text.slice(end)], holes };
}

/**
 * A text with holes as the model reads it: `[[5]]` stands for five tokens, `[[2-8]]` for two to eight, `[[?]]` for as many as fit the
 * text best, up to 32, and `\[[` for two brackets.
 * @param prompting how the rows of the model began
 * @throws InputError if it has no hole, a hole of no tokens or of most below least, or nothing is left of a text between holes
 */
export function encodeInfill(text: string, tokenizer: Tokenizer, prompting?: Prompting): InfillText {
  const { texts, holes } = split(text);
  if (!holes.length)
    throw new InputError(
      `A text to fill in has holes, such as [[5]] for five tokens or [[?]] for as many as fit; ${JSON.stringify(text)} has none.`,
    );
  const wrong = holes.find(({ least, most }) => most < Math.max(1, least));
  if (wrong)
    throw new InputError(
      `A hole has at least one token, and most from least on; ${wrong.least} to ${wrong.most} were given.`,
    );
  const pieces = texts.map((piece, i) => {
    const ids = requireText('The text', piece, /[\p{L}\p{N}]/u, encodePiece(tokenizer, piece), tokenizer);
    return { text: piece, ids: i === 0 ? begunIds(ids, tokenizer, prompting) : ids };
  });
  return { text, pieces, holes };
}
