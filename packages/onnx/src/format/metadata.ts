import { InputError } from '@idlm/core-diffusion/errors';
import { PbfReader } from 'pbf';

function readPair(tag: number, pair: [string, string], pbf: PbfReader): void {
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
    // Field 7 is the graph, behind which nothing of ours stands.
    for (let tag = pbf.nextField(); tag !== 0 && tag !== 7; tag = pbf.nextField()) {
      if (tag !== 14) continue;
      const [name, value] = pbf.readMessage(readPair, ['', '']);
      found[name] = value;
    }
  } catch (error) {
    throw new InputError(`This is no ONNX file: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return found;
}
