import { appendFile } from 'node:fs/promises';
import { InputError, parseJson } from '@idlm/core-diffusion';
import { hashOf } from '@idlm/data';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { z } from 'zod';
import { readText } from '../records/json-record';
import type { ComparedCell } from './cells';

/** Finished cells of a comparison, one JSON object per line, after a line that says what was compared. */
export interface ComparisonFile {
  readonly cells: readonly ComparedCell[];
  add(cell: ComparedCell): Promise<void>;
}

const headSchema = z.strictObject({ settings: z.string() });

/** What tells a cell; its rows are those of a sweep. */
const cellSchema = z.looseObject({
  arm: z.string(),
  seed: z.int(),
  updates: z.int(),
  passes: z.number(),
  seconds: z.number(),
  engine: z.string(),
  rows: z.array(z.looseObject({ steps: z.number(), perplexity: z.record(z.string(), z.number().nullable()) })),
});

const ADVICE = 'put back what was written, or name another folder with --out';

function jsonOf(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
}

/** The value of a line. @throws InputError naming it if it is no such value */
function parseLine<Value>(path: string, number: number, line: string, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(jsonOf(line));
  if (parsed.success) return parsed.data;
  throw new InputError(`Line ${number} of ${path} is no line of a comparison; ${ADVICE}.`);
}

/** Lines of a file; a last one that an interrupt cut short is dropped. */
const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);

/** Each cell once: two processes of an earlier version may have written one twice. */
const once = (cells: readonly ComparedCell[]): ComparedCell[] =>
  cells.filter(({ arm, seed }, i) => cells.findIndex((other) => other.arm === arm && other.seed === seed) === i);

/** The cells of a file. @throws InputError if it is damaged, or holds cells of other settings */
function cellsOf(path: string, text: string, hash: string): ComparedCell[] {
  const [head, ...lines] = wholeLines(text);
  if (head === undefined) return [];
  if (parseLine(path, 1, head, headSchema).settings !== hash)
    throw new InputError(`${path} holds a comparison with other settings; name another --out, or remove that folder.`);
  return once(lines.map((line, i) => parseLine(path, i + 2, line, cellSchema) as unknown as ComparedCell));
}

/**
 * Opens the file of a comparison, or begins it.
 * @param settings all that its numbers follow from
 * @throws InputError if it is damaged, or holds cells of other settings
 */
export async function openComparison(path: string, settings: unknown): Promise<ComparisonFile> {
  const hash = hashOf(JSON.stringify(settings));
  const cells = cellsOf(path, (await readText(path, ADVICE)) ?? '', hash);
  // Whole lines only, so that what follows a cut one begins on a line of its own.
  await writeFileAtomically(path, [{ settings: hash }, ...cells].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return {
    cells,
    async add(cell) {
      cells.push(cell);
      await appendFile(path, `${JSON.stringify(cell)}\n`);
    },
  };
}
