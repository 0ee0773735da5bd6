import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { InputError, jsonFault, parseJson } from '@idlm/core-diffusion';
import { type Prompting, type Tokenizer, promptIds, templateIds } from '@idlm/data';
import type { Config } from '../config/schema';
import { FREE } from '@idlm/samplers';

/** What the start of a text, or all of it but its holes, is given as. */
export interface GivenText {
  /** As it was written. */
  readonly text: string;
  /** Token ids, and FREE at holes. */
  readonly clamp: Int32Array;
}

/** How the rows or windows of a model's run began; undefined where they did with text alone. */
export function promptingOf({ data }: Config): Prompting | undefined {
  const { promptField: field, promptSeparator: separator, windowEnds: isBegun } = data;
  if (field !== null) return { field, separator, isBegun };
  return isBegun ? { isBegun } : undefined;
}

/**
 * A prompt as the model reads it.
 * @param prompting how its rows began: what stood between prompts and texts then stands behind this one, and the begin of texts before it
 * @throws InputError if nothing is left of it
 */
export const encodePrompt = (prompt: string, tokenizer: Tokenizer, prompting?: Prompting): GivenText => ({
  text: prompt,
  clamp: promptIds(prompt, tokenizer, prompting),
});

/**
 * A template as the model reads it: every `_` stands for a token to write, `\_` for an underscore. Behind its end the text
 * goes on freely.
 * @param prompting how its rows began
 * @throws InputError if it has no hole, or nothing is left of a text between holes
 */
export const encodeTemplate = (template: string, tokenizer: Tokenizer, prompting?: Prompting): GivenText => ({
  text: template,
  clamp: templateIds(template, tokenizer, FREE, prompting),
});

/** A clamp cut where holes begin and end. */
function runsOf(clamp: Int32Array): Int32Array[] {
  const cuts = Array.from(clamp.keys()).filter((i) => i > 0 && (clamp[i] === FREE) !== (clamp[i - 1] === FREE));
  return [0, ...cuts].map((start, i) => clamp.subarray(start, cuts[i] ?? clamp.length));
}

/** A written text without the spaces behind it, with which rows of letters are filled up. */
export const withoutTrailingSpaces = (text: string): string => text.replace(/ +$/, '');

/** How the model reads what was given, with its holes, where that is another text; undefined where it is the same. */
export function readAs({ text, clamp }: GivenText, tokenizer: Tokenizer): string | undefined {
  const written = (ids: Int32Array) => tokenizer.decode(ids);
  const shown = clamp.includes(FREE)
    ? runsOf(clamp).map((run) => (run[0] === FREE ? '_'.repeat(run.length) : written(run).replaceAll('_', '\\_')))
    : [written(clamp)];
  return shown.join('') === text ? undefined : shown.join('');
}

/** The prompt in a line of JSON. */
function promptIn(line: string, field: string, where: string): string {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    throw new InputError(`${where} ${jsonFault(error)}.`);
  }
  const prompt = typeof value === 'string' ? value : (value as Record<string, unknown> | null)?.[field];
  if (typeof prompt === 'string') return prompt;
  throw new InputError(`${where} has no text in "${field}"; set data.promptField to the field that holds the prompt.`);
}

/** Whether a file of prompts holds objects, one on each line, by its name. */
export const holdsJson = (path: string): boolean => ['.jsonl', '.ndjson'].includes(extname(path).toLowerCase());

/**
 * The prompts of a file, one for each of its lines: texts, or in .jsonl and .ndjson files objects that hold them in `field`.
 * @throws InputError if the file cannot be read, holds none, or a line is empty or no prompt
 */
export async function readPrompts(path: string, field: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new InputError(`The prompts ${path} cannot be read (${error.message}).`);
  });
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new InputError(`${path} holds no prompts; write one on each line.`);
  const isJson = holdsJson(path);
  return lines.map((line, i) => {
    const where = `Line ${i + 1} of ${path}`;
    if (!line.trim()) throw new InputError(`${where} is empty; every line is a prompt.`);
    return isJson ? promptIn(line, field, where) : line;
  });
}
