import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';

/** What the tests of runs share. */
export interface RunFolder {
  /** There once tests run. */
  readonly engine: Engine;
  /** A path in the folder of the test that runs, which is empty when it begins. */
  at(name: string): string;
}

/** Opens the engine for the tests of a file, and makes a folder for each, which is deleted behind it. */
export function runFolder(): RunFolder {
  const made: { engine?: Engine; parent?: string } = {};
  beforeAll(async () => {
    made.engine = await useBackend();
  });
  beforeEach(async () => {
    made.parent = await mkdtemp(join(tmpdir(), 'trainer-'));
  });
  afterEach(() => rm(made.parent!, { recursive: true }));
  return {
    get engine() {
      return made.engine!;
    },
    at: (name) => join(made.parent!, name),
  };
}
