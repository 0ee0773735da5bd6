import { readFile, readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parameterCount } from '@idlm/denoiser';
import { describeModel } from '@idlm/denoiser/node';
import { idlm } from '../test/command-line';
import { type PairRole, pairFolder } from './assets';

const ROLES = ['teacher', 'student'] as const;

/** What was measured of the pair, as the file says. */
interface Recorded {
  readonly seed: number;
  readonly count: number;
  readonly rows: readonly { readonly model: PairRole; readonly steps: number; readonly knownWords: number }[];
}

let english: ReadonlySet<string>;
let recorded: Recorded;
beforeAll(async () => {
  const list = join(dirname(createRequire(__filename).resolve('word-list')), 'words.txt');
  english = new Set((await readFile(list, 'utf8')).split('\n'));
  recorded = JSON.parse(await readFile(join(pairFolder('teacher'), '../numbers.json'), 'utf8')) as Recorded;
});

/** The share of words in lower case that are English: names are in no list. */
function knownWords(texts: readonly string[]): number {
  const words = texts.flatMap((text) => text.match(/(?<![A-Za-z'])[a-z]+(?![A-Za-z'])/g) ?? []);
  return words.filter((word) => word.length < 2 || english.has(word)).length / words.length;
}

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('the pair of models that comes with the package', () => {
  it('takes at most 12 MB, in bfloat16', async () => {
    const sizes = await Promise.all(
      ROLES.map(async (role) => {
        const names = await readdir(pairFolder(role));
        return Promise.all(names.map(async (name) => (await stat(join(pairFolder(role), name))).size));
      }),
    );
    expect(sizes.flat().reduce((sum, size) => sum + size)).toBeLessThan(12e6);
    // Two bytes for each weight, and a header.
    const { size } = await stat(join(pairFolder('student'), 'model.safetensors'));
    expect(size).toBeLessThan(2.1 * parameterCount((await describeModel(pairFolder('student'))).network));
  });

  it('has a student of its teacher: same network, text and words', async () => {
    const [teacher, student] = await Promise.all(ROLES.map((role) => describeModel(pairFolder(role))));
    expect([teacher!.role, student!.role]).toEqual(ROLES);
    expect(student!.network).toEqual(teacher!.network);
    expect(student!.made?.data?.hash).toBe(teacher!.made?.data?.hash);
    const [ours, theirs] = await Promise.all(ROLES.map((role) => readFile(join(pairFolder(role), 'tokenizer.json'))));
    expect(ours!.equals(theirs!)).toBe(true);
  });

  it('is what idlm sample writes with where no model is named', async () => {
    const { code, out, err } = await idlm('sample', '--engine', 'wasm', '--count', '3', '--prompt', 'The king said to');
    expect([code, err]).toEqual([0, expect.stringContaining('Writing with a student of mdlm')]);
    expect(lines(out)).toHaveLength(3);
    for (const line of lines(out)) expect(line).toMatch(/^The king said to/);
  });

  it('writes English words, as many as was measured', async () => {
    for (const { model, steps, knownWords: share } of recorded.rows.filter((row) => row.steps <= 8)) {
      const asked = ['--count', String(recorded.count), '--seed', String(recorded.seed), '--steps', String(steps)];
      const { code, out } = await idlm('sample', '--engine', 'wasm', pairFolder(model), ...asked);
      expect(code).toBe(0);
      expect(lines(out)).toHaveLength(recorded.count);
      // Another processor rounds otherwise, and may draw some other words.
      expect(Math.abs(knownWords(lines(out)) - share)).toBeLessThan(0.05);
    }
  });
});
