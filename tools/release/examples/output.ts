import type { Example, Outcome, Problem } from './example';

interface ExpectedLine {
  readonly line: number;
  readonly text: string;
}

/** The comments `// → text` of an example: the lines that it prints, in order. */
const expectedLines = ({ code, line }: Example): ExpectedLine[] =>
  code.split('\n').flatMap((text, i) => {
    const shown = /\/\/ → ?(.*)$/.exec(text)?.[1];
    return shown === undefined ? [] : [{ line: line + i, text: shown.trimEnd() }];
  });

/** Whether a line is the expected one, in which `…` stands for any text. */
function matches(printed: string, expected: string): boolean {
  const pattern = expected.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(printed.trimEnd());
}

/** The line of the example's own file at which an error was thrown, by the first frame of its stack that is in it. */
function lineOfError(stack: string, { file, line }: Example): number {
  const at = stack.split(`${file}:`)[1]?.match(/^\d+/)?.[0];
  return at ? Number(at) : line;
}

/**
 * What is wrong with what an example did: it threw, or printed other lines than it says.
 * @param outcome its stack names the example by its original file
 */
export function problemOf(example: Example, { printed, error }: Outcome): Problem | undefined {
  const { file } = example;
  if (error !== undefined) return { file, line: lineOfError(error, example), message: error };
  const expected = expectedLines(example);
  const wrong = expected.find(({ text }, i) => !matches(printed[i] ?? '', text));
  if (wrong) {
    const instead = printed[expected.indexOf(wrong)];
    return {
      file,
      line: wrong.line,
      message: `says "${wrong.text}" and prints ${instead === undefined ? 'no more' : `"${instead}"`}`,
    };
  }
  const unsaid = printed.slice(expected.length);
  if (!unsaid.length) return undefined;
  const comments = unsaid.map((text) => `\n// → ${text}`).join('');
  return { file, line: example.line, message: `prints what it does not say; say it, or print less:${comments}` };
}
