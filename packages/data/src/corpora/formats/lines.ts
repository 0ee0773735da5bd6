import { InputError } from '../../errors';
import { type OnBytes, readDecoded } from './bytes';

/** Characters of the longest line that is read: more than any text that a sequence can hold. */
const LONGEST_LINE = 1 << 26;

/** The lines of a file without their ends, `\n` or `\r\n`, and byte-order marks before them, some at a time. */
export async function* readLines(file: string, onBytes?: OnBytes): AsyncGenerator<string[]> {
  let parts: string[] = [];
  let [size, count] = [0, 0];
  const finished = () =>
    parts
      .join('')
      .replace(/\r$/, '')
      .replace(/^\uFEFF/, '');
  for await (const chunk of readDecoded(file, onBytes)) {
    const lines: string[] = [];
    const [first = '', ...more] = chunk.split('\n');
    parts.push(first);
    size += first.length;
    for (const next of more) {
      lines.push(finished());
      parts = [next];
      size = next.length;
    }
    count += lines.length;
    if (size > LONGEST_LINE)
      throw new InputError(
        `Line ${count + 1} of ${file} is longer than ${LONGEST_LINE} characters; is it lines at all? Set data.format, or data.layout to "packed".`,
      );
    yield lines;
  }
  if (size) yield [finished()];
}
