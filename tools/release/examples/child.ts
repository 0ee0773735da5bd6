// Runs the modules that its arguments name, each in an empty folder, and sends what each printed to the parent process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import type { Outcome } from './example';

async function outcomeOf(path: string): Promise<Outcome> {
  const printed: string[] = [];
  console.log = (...values: unknown[]) => void printed.push(...format(...values).split('\n'));
  try {
    await import(pathToFileURL(path).href);
    return { printed };
  } catch (error) {
    return { printed, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// An example has no arguments of its own.
for (const path of process.argv.splice(2)) {
  const folder = mkdtempSync(join(tmpdir(), 'idlm-example-'));
  process.chdir(folder);
  const outcome = await outcomeOf(path);
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
  process.send?.(outcome);
}
// What an example left open does not hold up the others.
process.disconnect?.();
process.exit();
