import { readFile } from 'node:fs/promises';
import { InputError, jsonFault, parseJson } from '@idlm/core-diffusion';
import type { z } from 'zod';

/** What a failed read says of a path. */
const CONDITIONS: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder where a file should be',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
};

/** The text of a record; undefined where there is none. @throws InputError in one sentence if it cannot be read */
export async function readText(path: string, advice: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InputError(`${path} ${CONDITIONS[code] ?? `cannot be read (${code})`}; ${advice}.`);
  }
}

/** The value of a JSON text. */
function valueOf(path: string, text: string, advice: string): unknown {
  if (!text.trim()) throw new InputError(`${path} is empty; ${advice}.`);
  try {
    return parseJson(text);
  } catch (error) {
    throw new InputError(`${path} is damaged: it ${jsonFault(error, 'is no JSON, or cut short')}; ${advice}.`);
  }
}

/** Where a value is not as it should be, and how. */
function firstProblem({ issues }: z.ZodError): string {
  const { path, message } = issues[0]!;
  return `${path.length ? `${path.join('.')}: ` : ''}${message}`;
}

/**
 * A record that idlm wrote, by its text.
 * @param path where it is from, for messages
 * @param schema its shape
 * @param advice what to do where it is damaged, as a clause
 * @throws InputError in one sentence if it is empty, cut, no JSON, or JSON of another shape
 */
export function parseRecord<Output>(path: string, text: string, schema: z.ZodType<Output>, advice: string): Output {
  const parsed = schema.safeParse(valueOf(path, text, advice));
  if (parsed.success) return parsed.data;
  throw new InputError(`${path} is JSON, but no such record of idlm (${firstProblem(parsed.error)}); ${advice}.`);
}

/**
 * Reads a record that idlm wrote: a JSON file of a known shape.
 * @param schema its shape
 * @param advice what to do where it is damaged, as a clause
 * @returns undefined where there is none
 * @throws InputError in one sentence if it is empty, cut, no JSON, JSON of another shape, or no file
 */
export async function readRecord<Output>(
  path: string,
  schema: z.ZodType<Output>,
  advice: string,
): Promise<Output | undefined> {
  const text = await readText(path, advice);
  return text === undefined ? undefined : parseRecord(path, text, schema, advice);
}
