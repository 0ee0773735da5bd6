import { InputError } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { type FittedInfill, type Writer, fitInfill } from '@idlm/recipe/sampling';
import {
  type GivenText,
  type InfillText,
  type Prompting,
  encodeInfill,
  encodePrompt,
  encodeTemplate,
  readAs,
  readPrompts,
} from '@idlm/recipe/text';
import type { Terminal } from '../terminal';

/** The options that say what texts are given. */
export interface GivenOptions {
  readonly prompt?: string;
  readonly prompts?: string;
  readonly template?: string;
  readonly infill?: string;
}

/** What every text begins with, or has around its holes; one empty text where nothing is given. */
export async function givenTexts(
  { prompt, prompts, template, infill }: GivenOptions,
  promptField: string | null,
  { tokenizer, prompting }: { readonly tokenizer: Tokenizer; readonly prompting: Prompting | undefined },
): Promise<(GivenText | InfillText)[]> {
  const several = Object.entries({
    ...{ '--prompt': prompt, '--prompts': prompts, '--template': template, '--infill': infill },
  });
  const named = several.filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (named.length > 1) throw new InputError(`${named.join(' and ')} were given; give one of them.`);
  if (infill !== undefined) return [encodeInfill(infill, tokenizer, prompting)];
  if (template !== undefined) return [encodeTemplate(template, tokenizer, prompting)];
  const texts =
    prompts === undefined ? [prompt ?? ''] : await readPrompts(prompts, promptField ?? prompting?.field ?? 'prompt');
  return texts.map((text) => encodePrompt(text, tokenizer, prompting));
}

/** Says which texts the model reads otherwise than they were given. */
export function noteReadings(
  given: readonly (GivenText | InfillText)[],
  tokenizer: Tokenizer,
  terminal: Terminal,
): void {
  // What is filled in keeps its text to the letter, however the model reads it.
  for (const one of given.filter((text) => 'clamp' in text)) {
    const read = readAs(one, tokenizer);
    if (read !== undefined) terminal.note(`${JSON.stringify(one.text)} is read as ${JSON.stringify(read)}.`);
  }
}

/** What each text is given, with holes as long as they are, and how long texts are then. */
export async function settled(
  given: readonly (GivenText | InfillText)[],
  length: number,
  { writer, tokenizer }: { readonly writer: Writer; readonly tokenizer: Tokenizer },
): Promise<{ readonly texts: readonly GivenText[]; readonly length: number; readonly infill?: FittedInfill }> {
  const [first] = given;
  if (!first || 'clamp' in first) return { texts: given.filter((one) => 'clamp' in one), length };
  const infill = await fitInfill(first, writer, tokenizer, length);
  return { texts: [infill.given], length: infill.given.clamp.length, infill };
}
