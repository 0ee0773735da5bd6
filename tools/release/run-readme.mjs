#!/usr/bin/env node
// Runs the TypeScript example of the README, so that it stays true.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const examples = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code,
);
if (!examples.length) throw new Error('the README has no example to run');
// Inside the repository, so that the packages resolve.
const file = join(root, 'tools', `.readme-example-${process.pid}.ts`);
try {
  for (const code of examples) {
    writeFileSync(file, code);
    const { status } = spawnSync(process.execPath, ['--conditions=@idlm/source', '--import', 'tsx', file], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('the example of the README does not run');
  }
} finally {
  rmSync(file, { force: true });
}
