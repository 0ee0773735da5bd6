import type { JSONParser } from '@streamparser/json';
import { InputError, isInputError, jsonFault, parseJson } from '../../errors';
import { readDecoded } from './bytes';
import { readLines } from './lines';
import { type FileRequest, type TextRecord, fieldReader } from './record';

/** The objects or texts of JSON lines. */
export async function* readJsonLines(request: FileRequest): AsyncGenerator<readonly TextRecord[]> {
  const { file, onBytes } = request;
  const reader = fieldReader(request);
  let line = 0;
  for await (const lines of readLines(file, onBytes)) {
    const records: TextRecord[] = [];
    for (const text of lines) {
      line++;
      if (!text.trim()) continue;
      let value: unknown;
      try {
        value = parseJson(text);
      } catch (error) {
        throw new InputError(`Line ${line} of ${file} ${jsonFault(error)}.`);
      }
      const number = line;
      records.push(reader.take(value, () => `Line ${number} of ${file}`));
    }
    yield records;
  }
  reader.finish();
}

/** The text of a file from its first character on that is no space. */
async function* withoutLeadingSpace(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let isStarted = false;
  for await (const chunk of chunks) {
    const text: string = isStarted ? chunk : chunk.trimStart();
    isStarted ||= text !== '';
    if (text) yield text;
  }
}

/** Whether the first line of some text is a whole JSON value, but for a list, which is that of the file. */
function beginsWithLine(text: string): boolean {
  const end = text.indexOf('\n');
  if (end < 0 || text.startsWith('[')) return false;
  try {
    return Boolean(JSON.parse(text.slice(0, end)));
  } catch {
    return false;
  }
}

/** Whether a .json file holds JSON lines, as many data sets of that extension do. */
async function holdsLines(file: string): Promise<boolean> {
  for await (const start of withoutLeadingSpace(readDecoded(file))) return beginsWithLine(start);
  return false;
}

/** The objects or texts of a JSON file: those of a list, or one or more that stand one behind the other. */
async function* readValues(request: FileRequest): AsyncGenerator<readonly TextRecord[]> {
  const { file, onBytes } = request;
  const reader = fieldReader(request);
  let count = 0;
  let found: TextRecord[] = [];
  let parser: JSONParser | undefined;
  const take = ({ value }: { value?: unknown }) => {
    count++;
    found.push(reader.take(value, () => `Entry ${count} of ${file}`));
  };
  const refuse = (error: Error): never => {
    if (isInputError(error)) throw error;
    throw new InputError(`${file} is no JSON behind its entry ${count} (${error.message.split('\n')[0]}).`);
  };
  for await (const text of withoutLeadingSpace(readDecoded(file, onBytes))) {
    if (!parser) {
      const { JSONParser } = await import('@streamparser/json');
      parser = new JSONParser(
        text.startsWith('[') ? { paths: ['$.*'], keepStack: false } : { paths: ['$'], separator: '' },
      );
      parser.onValue = take;
      parser.onError = refuse;
    }
    parser.write(text);
    yield found;
    found = [];
  }
  if (parser && !parser.isEnded) parser.end();
  yield found;
  reader.finish();
}

/** The objects or texts of a JSON file: a list, one object over several lines, or JSON lines under that name. */
export async function* readJson(request: FileRequest): AsyncGenerator<readonly TextRecord[]> {
  yield* (await holdsLines(request.file)) ? readJsonLines(request) : readValues(request);
}
