import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { docCommentBlocks, markdownBlocks } from './blocks';
import type { Example } from './example';
import { problemOf } from './output';
import { verifyExamples } from './verify';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const fenced = (code: string, information = 'ts') => `\`\`\`${information}\n${code}\n\`\`\`\n`;

void test('blocks are found with the line of their code, in Markdown and in every @example', () => {
  const markdown = `# A\n\n${fenced('one();')}\n${fenced('ls', 'sh')}\n${fenced('two();', 'ts no-run: needs a GPU')}`;
  assert.deepEqual(markdownBlocks(markdown, 'a.md'), [
    { file: 'a.md', line: 4, code: 'one();\n', noRun: undefined },
    { file: 'a.md', line: 12, code: 'two();\n', noRun: 'needs a GPU' },
  ]);
  const comment = (code: string) =>
    `/**\n * Does it.\n * @example\n * \`\`\`ts\n * ${code}\n * \`\`\`\n * @throws Error\n */\n`;
  const source = `${comment('one();')}export const [a, b] = [1, 2];\n${comment('two();')}export function c(): void {}\n`;
  assert.deepEqual(
    docCommentBlocks(source, 'a.ts').map(({ line, code }) => [line, code]),
    [
      [5, 'one();\n'],
      [14, 'two();\n'],
    ],
  );
});

void test('a block that would be passed over is refused with its place', () => {
  assert.throws(
    () => markdownBlocks(`\n${fenced('one();', 'js')}`, 'a.md'),
    /a\.md:2: call the language of this block ts/,
  );
  assert.throws(() => markdownBlocks(fenced('one();', 'ts no-run'), 'a.md'), /a\.md:1: .* not "no-run"/);
  assert.throws(() => markdownBlocks(fenced('one();', 'ts skip: slow'), 'a.md'), /not "skip: slow"/);
  assert.throws(
    () => docCommentBlocks('/**\n * @example one()\n */\nexport const a = 1;', 'a.ts'),
    /a\.ts:2: .* no block/,
  );
});

void test('what is printed must be what is said: another line, one too few and one too many are found', () => {
  const example: Example = {
    file: 'a.md',
    line: 7,
    code: "console.log('x'); // → x\nconsole.log('took 3 s'); // → took … s\n",
  };
  const problem = (...printed: string[]) => problemOf(example, { printed });
  assert.equal(problem('x', 'took 12 s'), undefined);
  assert.deepEqual(problem('y', 'took 12 s'), { file: 'a.md', line: 7, message: 'says "x" and prints "y"' });
  assert.deepEqual(problem('x', 'took 12 m')?.line, 8);
  assert.match(problem('x')!.message, /prints no more/);
  assert.match(problem('x', 'took 1 s', 'z')!.message, /does not say.*\n\/\/ → z$/);
});

void test('wrong examples are found when checked and run, by file and line, and do not hide what is right', async () => {
  const example = (line: number, code: string, noRun?: string): Example => ({
    file: 'docs/some.md',
    line,
    code,
    noRun,
  });
  const problems = await verifyExamples(
    [
      example(10, 'console.log(1 + 1); // → 2\n'),
      example(20, 'console.log(1 + 1); // → 3\n'),
      example(30, "import { InputError } from '@idlm/core-diffusion/errors';\n\nnew InputError(8);\n"),
      example(40, "\nthrow new Error('thrown');\n"),
      example(50, "throw new Error('not run');\n", 'it throws'),
      example(60, "const length: number = 'text';\n", 'its types are checked all the same'),
      example(70, 'process.exit(0);\n'),
      example(80, 'export {};\n'),
    ],
    root,
  );
  assert.deepEqual(
    problems.map(({ line, message }) => [line, message.split('\n')[0]]),
    [
      [32, 'No overload matches this call.'],
      [60, "Type 'string' is not assignable to type 'number'."],
      [20, 'says "3" and prints "2"'],
      [41, 'Error: thrown'],
      [70, 'the process ended before this example did, or before it came to it'],
      [80, 'the process ended before this example did, or before it came to it'],
    ],
  );
});
