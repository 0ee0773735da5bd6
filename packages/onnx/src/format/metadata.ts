import { InputError } from '@idlm/core-diffusion/errors';
import { PbfReader } from 'pbf';

/** Numbers of the fields of a model that are read. Source: onnx.proto, `ModelProto`. */
export const [GRAPH, METADATA] = [7, 14] as const;

/** Reads a field of a pair of texts, `StringStringEntryProto`. */
export function readPair(tag: number, pair: [string, string], pbf: PbfReader): void {
  if (tag === 1) pair[0] = pbf.readString();
  else if (tag === 2) pair[1] = pbf.readString();
}

/**
 * The texts that travel in an ONNX file, by name, which this package writes before the graph.
 * @param bytes the file, or its beginning up to the graph at least
 * @throws InputError if that is no ONNX file
 */
export function readOnnxMetadata(bytes: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {};
  const pbf = new PbfReader(bytes);
  try {
    for (let tag = pbf.nextField(); tag !== 0 && tag !== GRAPH; tag = pbf.nextField()) {
      if (tag !== METADATA) continue;
      const [name, value] = pbf.readMessage(readPair, ['', '']);
      found[name] = value;
    }
  } catch (error) {
    throw new InputError(`This is no ONNX file: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return found;
}
