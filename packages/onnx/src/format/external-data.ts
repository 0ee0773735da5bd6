import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion/errors';
import { PbfReader } from 'pbf';
import { type Field, bytesAt, fieldsIn } from './fields';
import { GRAPH, METADATA, readPair } from './metadata';

/** Name of the text that says which file of weights a graph was written with: its sha256, in hexadecimal. */
export const DATA_MARK = 'data.sha256';

/** Bytes of that at the end of the file of weights, behind all of them. */
export const MARK_BYTES = 32;

/** Numbers of fields. Source: onnx.proto, `GraphProto` and `TensorProto`. */
const [INITIALIZER, EXTERNAL_DATA] = [5, 13];

/** The weights that a graph reads from other files. */
interface ExternalData {
  /** Bytes that are read of each file, by its name. */
  readonly files: ReadonlyMap<string, number>;
  /** The mark of the file that it was written with; undefined in graphs of others. */
  readonly mark?: string;
}

function pairOf(file: number, { start, end }: Field): [string, string] {
  const pair: [string, string] = ['', ''];
  new PbfReader(bytesAt(file, start, end - start)).readFields(readPair, pair);
  return pair;
}

/** Where a constant of a graph lies, by the names of the format; none of those in the graph's own file. */
function placeOf(file: number, { start, end }: Field): Readonly<Record<string, string>> {
  const fields = [...fieldsIn(file, start, end)].filter(({ number }) => number === EXTERNAL_DATA);
  return Object.fromEntries(fields.map((field) => pairOf(file, field)));
}

function externalData(file: number): ExternalData {
  const files = new Map<string, number>();
  let mark: string | undefined;
  for (const field of fieldsIn(file, 0, fstatSync(file).size)) {
    if (field.number === METADATA) {
      const [name, value] = pairOf(file, field);
      if (name === DATA_MARK) mark = value;
    }
    if (field.number !== GRAPH) continue;
    for (const one of fieldsIn(file, field.start, field.end)) {
      if (one.number !== INITIALIZER) continue;
      const { location, offset = '0', length = '0' } = placeOf(file, one);
      if (location !== undefined)
        files.set(location, Math.max(files.get(location) ?? 0, Number(offset) + Number(length)));
    }
  }
  return { files, mark };
}

/** Whether a name leads out of the folder that it is of, on any system. Links are followed: caches of the Hub consist of them. */
const namesElsewhere = (location: string): boolean =>
  isAbsolute(location) || /^[A-Za-z]:|^[\\/]/.test(location) || location.split(/[\\/]/).includes('..');

const ADVICE = 'put the file there that was written with it, or export the model again';

/** Opens a file of weights. @throws InputError unless it lies beside the graph */
function openData(graph: string, location: string): number {
  if (namesElsewhere(location))
    throw new InputError(
      `${graph} reads weights from ${JSON.stringify(location)}, which leads out of its folder, and is not opened; export the model again.`,
    );
  try {
    const path = join(dirname(graph), location);
    if (!statSync(path).isFile()) throw new Error('it is no file');
    return openSync(path, 'r');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const what = missing ? 'is not beside it' : `cannot be read (${(error as Error).message})`;
    throw new InputError(`${graph} reads its weights from ${location}, which ${what}; ${ADVICE}.`, { cause: error });
  }
}

/** @throws InputError for a file of weights that is not the graph's own */
function requireFile(graph: string, location: string, { files, mark }: ExternalData): void {
  const data = openData(graph, location);
  const path = join(dirname(graph), location);
  const read = files.get(location)!;
  const [isMarked, bytes] = mark === undefined ? [false, read] : [true, read + MARK_BYTES];
  try {
    const { size } = fstatSync(data);
    if (size < bytes || (isMarked && size > bytes))
      throw new InputError(
        `${path} has ${size} bytes, and ${graph} reads ${isMarked ? '' : 'at least '}${bytes}: it is cut short, or another model's; ${ADVICE}.`,
      );
    if (isMarked && Buffer.from(bytesAt(data, read, MARK_BYTES)).toString('hex') !== mark)
      throw new InputError(`${path} holds the weights of another model than ${graph}; ${ADVICE}.`);
  } finally {
    closeSync(data);
  }
}

/**
 * Refuses a graph whose weights are in other files that are missing, cut short or another graph's, or would lie outside its folder: a runtime
 * reads what is there. Of weights themselves none are read.
 * @param path file of the graph
 * @throws InputError naming both files
 */
export function requireExternalData(path: string): void {
  let found: ExternalData;
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    found = externalData(file);
  } catch {
    // What is no graph, or cannot be read, is refused by the runtime, which says more of it.
    return;
  } finally {
    if (file !== undefined) closeSync(file);
  }
  for (const location of found.files.keys()) requireFile(path, location, found);
}
