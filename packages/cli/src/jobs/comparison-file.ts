import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { hashOf } from '@idlm/data';
import { writeFileAtomically } from '@idlm/denoiser/node';
import type { ComparedCell } from './compare';

/** Finished cells of a comparison, one JSON object per line, after a line that says what was compared. */
export interface ComparisonFile {
  readonly cells: readonly ComparedCell[];
  add(cell: ComparedCell): Promise<void>;
}

/** Lines of a file; a last one that an interrupt cut short is dropped. */
function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

/**
 * Opens the file of a comparison, or begins it.
 * @param settings all that its numbers follow from
 * @throws InputError if it holds cells of other settings
 */
export async function openComparison(path: string, settings: unknown): Promise<ComparisonFile> {
  const hash = hashOf(JSON.stringify(settings));
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const [head, ...lines] = text ? parseLines(text) : [];
  if (head && (head as { settings?: string }).settings !== hash)
    throw new InputError(`${path} holds a comparison with other settings; name another --out, or remove that folder.`);
  if (!head) {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, `${JSON.stringify({ settings: hash })}\n`);
  } else {
    // Whole lines only, so that what follows a cut one begins on a line of its own.
    await writeFileAtomically(path, [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
  const cells = lines as ComparedCell[];
  return {
    cells,
    async add(cell) {
      cells.push(cell);
      await appendFile(path, `${JSON.stringify(cell)}\n`);
    },
  };
}
