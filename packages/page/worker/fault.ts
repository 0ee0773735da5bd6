import { isInputError } from '@idlm/core-diffusion/errors';

/** What kept the page from writing: what was asked, the download, the browser's WebAssembly, its memory, or anything else. */
export type FaultKind = 'input' | 'download' | 'wasm' | 'memory' | 'other';

/** Something that is told to the reader in one sentence. */
export class Fault extends Error {
  override readonly name = 'Fault';
  constructor(
    readonly kind: FaultKind,
    sentence: string,
  ) {
    super(sentence);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What engines say where memory is spent: V8, ONNX Runtime, SpiderMonkey, JavaScriptCore. */
const OUT_OF_MEMORY =
  /out of memory|allocation failed|bad_alloc|cannot allocate|could not allocate|array buffer allocation/i;

/** Anything that was thrown, as a fault. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const message = messageOf(error);
  if (isInputError(error)) return new Fault('input', message);
  if (OUT_OF_MEMORY.test(message) || error instanceof RangeError)
    return new Fault('memory', 'The browser has no memory left for the model; close other tabs and try again.');
  return new Fault('other', `Something went wrong that should not: ${message}`);
}
