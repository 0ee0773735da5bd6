import { Readable, pipeline } from 'node:stream';
import { InputError } from '../../errors';
import { readDecoded } from './bytes';
import { type FileRequest, type TextRecord, fieldReader } from './record';

/** Records that are handed on at once. */
const SOME = 1000;

/** The names of columns. @throws InputError if one that is asked for stands twice, since only the last could be read */
function columnsOf(names: string[], { file, fields }: FileRequest): string[] {
  const twice = fields.find((field) => names.indexOf(field) !== names.lastIndexOf(field));
  if (twice === undefined) return names;
  throw new InputError(`${file} has two columns "${twice}"; give them different names.`);
}

/** What separates cells, as programs write tables. */
type Delimiter = ',' | ';' | '\t' | '|';

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t', '|'];

/** A first row of more characters names no columns. */
const LONGEST_HEAD = 1 << 16;

/** The first characters of a file, as many as are read at once. */
async function firstText(file: string): Promise<string> {
  for await (const text of readDecoded(file)) return text;
  return '';
}

/** What separates the cells of a table: what its name says, unless its first row has the columns asked for with another alone. */
async function delimiterOf({ file, fields }: FileRequest, named: Delimiter): Promise<Delimiter> {
  const { parse: parseAtOnce } = await import('csv-parse/sync');
  const beginning = (await firstText(file)).slice(0, LONGEST_HEAD);
  const hasColumns = (delimiter: Delimiter): boolean => {
    try {
      const [names = []] = parseAtOnce(beginning, { delimiter, to: 1, relax_quotes: true }) as string[][];
      return fields.every((field) => names.includes(field));
    } catch {
      return false;
    }
  };
  return [named, ...DELIMITERS].find(hasColumns) ?? named;
}

/**
 * The rows of a table whose first row names its columns; cells may be quoted and then hold line ends.
 * @param named what separates cells by the name of the format
 */
export function csvReader(named: ',' | '\t') {
  return async function* readCsv(request: FileRequest): AsyncGenerator<readonly TextRecord[]> {
    const { file, onBytes } = request;
    const { CsvError, parse } = await import('csv-parse');
    const reader = fieldReader(request);
    const delimiter = await delimiterOf(request, named);
    const source = Readable.from(readDecoded(file, onBytes));
    // Quotes within a cell of a table with tabs are its own. A cell longer than this is a quote that is not closed.
    const columns = (names: string[]) => columnsOf(names, request);
    const options = { delimiter, columns, skip_empty_lines: true, max_record_size: 1 << 26 };
    const rows = pipeline(source, parse({ ...options, relax_quotes: delimiter === '\t' }), () => {});
    let found: TextRecord[] = [];
    let count = 1;
    try {
      for await (const row of rows) {
        count++;
        found.push(reader.take(row, () => `Row ${count} of ${file}`));
        if (found.length < SOME) continue;
        yield found;
        found = [];
      }
    } catch (error) {
      if (error instanceof CsvError) throw new InputError(`${file} is no table of that kind: ${error.message}.`);
      throw error;
    }
    yield found;
    reader.finish();
  };
}
