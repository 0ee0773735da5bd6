import { deepEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = join(dirname(fileURLToPath(import.meta.url)), 'circles.mjs');

/** The circles that are found in a package of some files, and whether they fail. */
function circlesIn(files) {
  const root = mkdtempSync(join(tmpdir(), 'circles-'));
  const all = { 'package.json': '{"exports":{"./errors":{"@idlm/source":"./src/errors.ts"}}}', ...files };
  try {
    for (const [name, text] of Object.entries(all)) {
      const path = join(root, 'packages/some', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const { status, stderr } = spawnSync(process.execPath, [program, root], { encoding: 'utf8' });
    return { status, circles: stderr.split('\n').filter(Boolean) };
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('files in a circle, by types too', () =>
  deepEqual(
    circlesIn({
      'src/a/one.ts': "import type { Two } from './two';",
      'src/a/two.ts': "export { one } from './one';",
    }),
    {
      status: 1,
      circles: [
        'A circle of imports: packages/some/src/a/one.ts → packages/some/src/a/two.ts → packages/some/src/a/one.ts',
      ],
    },
  ));

test('folders in a circle whose files are in none, and files beside them', () => {
  const files = {
    'src/a/deep/one.ts': "import type { Two } from '../../b/two';",
    'src/b/two.ts': "import '../c';",
    'src/c.ts': "const three = import('./a/three');",
    'src/a/three.ts': '',
  };
  deepEqual(circlesIn(files), {
    status: 1,
    circles: [
      'A circle of imports: a → b → c → a in some (a/deep/one.ts → b/two.ts, b/two.ts → c.ts, c.ts → a/three.ts)',
    ],
  });
  deepEqual(circlesIn({ ...files, 'src/c.ts': '' }), { status: 0, circles: [] });
});

test('entries and tests make no circle', () =>
  deepEqual(
    circlesIn({
      'src/index.ts': "export * from './a/one';",
      'src/errors.ts': "export * from './a/error';",
      'src/a/error.ts': '',
      'src/a/one.ts': "import '../errors';",
      'src/b/two.ts': "import '../a/one';",
      'src/a/one.test.ts': "import '../b/two';",
    }),
    { status: 0, circles: [] },
  ));
