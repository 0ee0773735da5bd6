import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleOf } from '@idlm/tools/bundles';

// A process of its own: each collection goes over the whole heap, and that of the test runner is large.
let held: Record<string, number[]>;
beforeAll(() => {
  const { program, remove } = bundleOf(join(__dirname, '../test/logits-held.ts'));
  try {
    held = JSON.parse(execFileSync(process.execPath, ['--expose-gc', program], { encoding: 'utf8' }));
  } finally {
    remove();
  }
});

it.each(['ancestral-cached in one step', 'ancestral-cached', 'first-hitting', 'ancestral of a uniform process'])(
  '%s has let go of the logits of a call before the next',
  (name) => {
    const counts = held[name]!;
    // One call for each of two rows at the least.
    expect(counts.length).toBeGreaterThanOrEqual(2);
    expect(counts).toEqual(counts.map(() => 0));
  },
);
