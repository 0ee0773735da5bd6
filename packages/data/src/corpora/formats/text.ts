import { readDecoded } from './bytes';
import { readLines } from './lines';
import type { FileRequest, TextRecord } from './record';

/** Characters that are encoded at once: tokenizers take memory and stack by the length of their text. */
const LONGEST_PART = 1 << 18;

/**
 * Where a text is cut so that its tokens stay as they are: before the last line end (else space) that something else follows,
 * at or before `limit`; tokenizers of all kinds part words there. Where there is neither, at the limit.
 */
function cutOf(text: string, limit: number): number {
  for (const space of ['\n', ' ']) {
    for (let at = text.lastIndexOf(space, limit); at > 0; at = text.lastIndexOf(space, at - 1)) {
      if (at + 1 < text.length && /\S/.test(text[at + 1]!)) return at;
    }
  }
  const isWithinPair = /[\uDC00-\uDFFF]/.test(text[limit]!);
  return isWithinPair ? limit - 1 : limit;
}

/** A text in parts that are short enough to be encoded at once. */
export function* partsOf(text: string, longest = LONGEST_PART): Generator<string> {
  let rest = text;
  while (rest.length > longest) {
    const at = cutOf(rest, longest);
    yield rest.slice(0, at);
    rest = rest.slice(at);
  }
  yield rest;
}

/** A text file as one document, in parts where it is long. */
export async function* readText({ file, lineEnds, onBytes }: FileRequest): AsyncGenerator<readonly TextRecord[]> {
  let rest = '';
  let isContinued = false;
  for await (const chunk of readDecoded(file, onBytes)) {
    const parts = [...partsOf(lineEnds.unify(rest + chunk))];
    rest = parts.pop()!;
    if (!parts.length) continue;
    yield parts.map((text, i) => ({ texts: [text], isContinued: isContinued || i > 0 }));
    isContinued = true;
  }
  if (rest) yield [{ texts: [rest], isContinued }];
}

/** The lines of a text file as documents. */
export async function* readTextLines({ file, onBytes }: FileRequest): AsyncGenerator<readonly TextRecord[]> {
  for await (const lines of readLines(file, onBytes)) {
    yield lines.filter((line) => line.trim()).map((line) => ({ texts: [line] }));
  }
}
