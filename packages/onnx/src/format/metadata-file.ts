import { closeSync, fstatSync, openSync } from 'node:fs';
import { InputError, isInputError } from '@idlm/core-diffusion';
import { bytesAt, fieldsIn } from './fields';
import { GRAPH, readOnnxMetadata } from './metadata';

/** Bytes before the graph. @throws Error if the file has no fields of protobuf, or no graph */
function bytesBeforeGraph(file: number): number {
  let before = 0;
  const { size } = fstatSync(file);
  for (const { number, end } of fieldsIn(file, 0, size, false)) {
    if (number === GRAPH) return before;
    if (end > size) throw new Error('it is cut short, or of another format');
    before = end;
  }
  throw new Error('it holds no graph');
}

/** Opens a file. @throws InputError if it cannot be read */
function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new InputError(`${path} cannot be read (${(error as Error).message}).`, { cause: error });
  }
}

/**
 * The texts that travel in an ONNX file, by name, of which the graph is not read: those that this package writes stand before it.
 * @throws InputError if it cannot be read, or is no ONNX file
 */
export async function readOnnxFileMetadata(path: string): Promise<Record<string, string>> {
  const file = openFile(path);
  try {
    return readOnnxMetadata(bytesAt(file, 0, bytesBeforeGraph(file)));
  } catch (error) {
    if (isInputError(error)) throw new InputError(`${path} is no ONNX file that can be read.`, { cause: error });
    throw new InputError(`${path} is no ONNX file: ${(error as Error).message}.`, { cause: error });
  } finally {
    closeSync(file);
  }
}
