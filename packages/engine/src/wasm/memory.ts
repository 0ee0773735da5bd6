import { InputError } from '../errors';

/** What we use of the compiled module behind tfjs's WASM backend. */
export interface WasmModule {
  /** Address of so many new bytes, as a signed number; 0 where there are none left. */
  _malloc: (bytes: number) => number;
  readonly _free: (address: number) => void;
}

const GIBIBYTE = 2 ** 30;

/** The end of WASM's addresses, 4 GiB, less room for what kernels allocate themselves. */
const LIMIT = 3.8 * GIBIBYTE;

const guarded = new WeakSet<WasmModule>();

function refusal(bytes: number, limit: number): InputError {
  const [needed, most] = [bytes, limit].map((size) => (size / GIBIBYTE).toFixed(2));
  return new InputError(
    `The WASM engine's memory ends at ${most} GiB, and a tensor of ${needed} GiB does not fit beside what it holds: lower ` +
      `sampling.batch, teacher.batch, distillation.batch, data.length or the sizes of the model, or choose the native engine.`,
  );
}

/**
 * Refuses tensors that would lie beyond `limit`: tfjs takes the address 0 of a failed allocation for a good one, and writes over
 * what lies there, without an error. Nothing is written to a tensor that is refused.
 * @param limit in bytes
 */
export function guardMemory(wasm: WasmModule, limit = LIMIT): void {
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  // The first call puts the compiled function in the place of its stand-in.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    // More than all addresses would wrap around.
    if (bytes > limit) throw refusal(bytes, limit);
    const address = allocate(bytes) >>> 0;
    if (address + bytes <= limit && (address > 0 || bytes === 0)) return address;
    if (address > 0) wasm._free(address);
    throw refusal(bytes, limit);
  };
}
