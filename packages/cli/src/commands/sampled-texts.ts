import type { Tokenizer } from '@idlm/data';
import type { FittedInfill, WriteRequest, Writer } from '@idlm/recipe/sampling';
import { type GivenText, withoutTrailingSpaces } from '@idlm/recipe/text';
import { FREE } from '@idlm/samplers';
import { type Terminal, oneLine } from '../terminal';

/** What texts are written with. */
export interface Writing {
  readonly writer: Writer;
  readonly tokenizer: Tokenizer;
  readonly length: number;
  readonly terminal: Terminal;
  /** What each of the texts is given, in their order. */
  readonly given: (row: number) => GivenText;
  readonly isTemplate: boolean;
  /** Where texts are filled in. */
  readonly infill?: FittedInfill;
  /** What stands behind each text, which is then printed as it is. */
  readonly separator?: string;
  /** Whether lines name their text, since frames of several alternate. */
  readonly numbered: boolean;
  /** What the texts are written by, for `--json`. */
  readonly by: object;
}

/** A text's parts for `--json`, without the spaces with which its row is filled up. */
function partsOf(writing: Writing, row: number, text: string, tokens: Int32Array): object {
  const { given, tokenizer, isTemplate, infill } = writing;
  const { text: asked, clamp } = given(row);
  if (infill) return { infill: asked, fills: infill.fills(tokens), text };
  const written = withoutTrailingSpaces(text);
  if (isTemplate) return { template: asked, text: written };
  if (!clamp.length) return { text: written };
  const prompt = tokenizer.decode(clamp);
  const completion = text.startsWith(prompt)
    ? text.slice(prompt.length)
    : tokenizer.decode(tokens.subarray(clamp.length));
  return { prompt: asked, completion: withoutTrailingSpaces(completion), text: written };
}

/** Prints the texts of a batch. */
function print(writing: Writing, { batch, firstRow }: WriteRequest, tokens: Int32Array, numbers: object): void {
  const { tokenizer, length, terminal, separator, numbered, by, infill } = writing;
  for (let i = 0; i < batch; i++) {
    const row = firstRow + i;
    // What an autoregressive model has not yet written is no token.
    const own = tokens.subarray(i * length, (i + 1) * length).filter((token) => token !== FREE);
    const text = infill?.filled(own) ?? tokenizer.decode(own);
    const line = () => (separator === undefined ? oneLine(withoutTrailingSpaces(text)) : `${text}${separator}`);
    terminal.result({ sample: row, ...by, ...numbers, ...partsOf(writing, row, text, own) }, () =>
      numbered ? `${row}: ${line()}` : line(),
    );
  }
}

/** Writes the texts of a batch, with every step on the way if `frames`. */
export async function writeBatch(writing: Writing, request: WriteRequest, frames: boolean): Promise<void> {
  const { writer, length } = writing;
  if (frames) {
    for await (const { step, t, tokens, networkCalls } of writer.write(request))
      print(writing, request, tokens, { step, t, networkCalls });
  } else {
    const { tokens, networkCalls } = await writer.writeAll(request);
    print(writing, request, tokens, { steps: writer.steps(length), networkCalls });
  }
}
