import { type FileHandle, open } from 'node:fs/promises';
import { InputError, isInputError } from '@idlm/core-diffusion';
import { PbfReader } from 'pbf';
import { readOnnxMetadata } from './metadata';

/** Bytes that the number and the length of a field take at the most. */
const MOST_OF_HEADER = 20;

/** The field of the graph. */
const GRAPH = 7;

/** Bytes of a file from `start` on, fewer at its end. */
async function bytesOf(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, start);
  return buffer.subarray(0, bytesRead);
}

/** Where the field that begins at `start` ends; undefined for the graph. */
async function endOfField(file: FileHandle, start: number): Promise<number | undefined> {
  const header = new PbfReader(await bytesOf(file, start, MOST_OF_HEADER));
  const tag = header.nextField();
  if (tag === GRAPH) return undefined;
  // Fields of a length are passed over without being read: it may be that of a large file of something else.
  const isLong = header.type === 2;
  const length = isLong ? header.readVarint() : 0;
  if (!isLong) header.skip(header.type);
  return start + header.pos + length;
}

/** Bytes before the graph. @throws Error if the file has no fields of protobuf */
async function bytesBeforeGraph(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  for (let at = 0; at < size;) {
    const end = await endOfField(file, at);
    if (end === undefined) return at;
    if (end > size) throw new Error('it is cut short, or of another format');
    at = end;
  }
  throw new Error('it holds no graph');
}

/**
 * The texts that travel in an ONNX file, by name, of which the graph is not read: those that this package writes stand before it.
 * @throws InputError if it cannot be read, or is no ONNX file
 */
export async function readOnnxFileMetadata(path: string): Promise<Record<string, string>> {
  const file = await open(path).catch((error: Error) => {
    throw new InputError(`${path} cannot be read (${error.message}).`);
  });
  try {
    return readOnnxMetadata(await bytesOf(file, 0, await bytesBeforeGraph(file)));
  } catch (error) {
    if (isInputError(error)) throw new InputError(`${path} is no ONNX file that can be read.`, { cause: error });
    throw new InputError(`${path} is no ONNX file: ${(error as Error).message}.`, { cause: error });
  } finally {
    await file.close();
  }
}
