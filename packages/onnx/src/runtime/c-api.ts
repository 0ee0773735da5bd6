import { InputError } from '@idlm/core-diffusion/errors';
import koffi from 'koffi';

/** Handles travel as plain integers: user-space addresses fit in 53 bits. */
const POINTER = 'uint64_t';

/** Where a function leaves a handle. */
const HANDLE = 'void *';

/** A path, whose characters have 16 bits on Windows. */
const PATH = process.platform === 'win32' ? 'str16' : 'str';

/**
 * Functions in use of onnxruntime_c_api.h: place in the table `OrtApi`, which only ever grows at its end, result and parameters.
 * Those that can fail give a status, 0 where they did not.
 */
const FUNCTIONS = {
  GetErrorMessage: [2, 'const char *', POINTER],
  CreateEnv: [3, POINTER, 'int', 'str', HANDLE],
  CreateSession: [7, POINTER, POINTER, PATH, POINTER, HANDLE],
  CreateSessionFromArray: [8, POINTER, POINTER, 'void *', 'size_t', POINTER, HANDLE],
  Run: [9, POINTER, POINTER, POINTER, 'void *', 'void *', 'size_t', 'void *', 'size_t', HANDLE],
  CreateSessionOptions: [10, POINTER, HANDLE],
  DisableMemPattern: [17, POINTER, POINTER],
  SetSessionLogSeverityLevel: [22, POINTER, POINTER, 'int'],
  SetSessionGraphOptimizationLevel: [23, POINTER, POINTER, 'int'],
  SetIntraOpNumThreads: [24, POINTER, POINTER, 'int'],
  SetInterOpNumThreads: [25, POINTER, POINTER, 'int'],
  SessionGetInputCount: [30, POINTER, POINTER, HANDLE],
  SessionGetOutputCount: [31, POINTER, POINTER, HANDLE],
  SessionGetOutputTypeInfo: [34, POINTER, POINTER, 'size_t', HANDLE],
  SessionGetInputName: [36, POINTER, POINTER, 'size_t', POINTER, HANDLE],
  CreateTensorWithDataAsOrtValue: [49, POINTER, POINTER, 'void *', 'size_t', 'void *', 'size_t', 'int', HANDLE],
  GetTensorMutableData: [51, POINTER, POINTER, HANDLE],
  CastTypeInfoToTensorInfo: [55, POINTER, POINTER, HANDLE],
  GetDimensionsCount: [61, POINTER, POINTER, HANDLE],
  GetDimensions: [62, POINTER, POINTER, 'void *', 'size_t'],
  GetTensorShapeElementCount: [64, POINTER, POINTER, HANDLE],
  GetTensorTypeAndShape: [65, POINTER, POINTER, HANDLE],
  CreateCpuMemoryInfo: [69, POINTER, 'int', 'int', HANDLE],
  AllocatorFree: [76, POINTER, POINTER, POINTER],
  GetAllocatorWithDefaultOptions: [78, POINTER, HANDLE],
  ReleaseStatus: [93, 'void', POINTER],
  ReleaseSession: [95, 'void', POINTER],
  ReleaseValue: [96, 'void', POINTER],
  ReleaseTypeInfo: [98, 'void', POINTER],
  ReleaseTensorTypeAndShapeInfo: [99, 'void', POINTER],
  ReleaseSessionOptions: [100, 'void', POINTER],
  AddSessionConfigEntry: [130, POINTER, POINTER, 'str', 'str'],
} as const;

/** A value that crosses into C: numbers and addresses, text, memory. */
type Argument = number | string | null | ArrayBufferView;

/** The functions of ONNX Runtime in use. */
export interface OnnxApi {
  /** Such as `1.30.0`. */
  readonly version: string;
  /** Calls a function that gives no status. */
  call(name: keyof typeof FUNCTIONS, ...values: Argument[]): number | string;
  /** Calls a function that may fail. @throws Error with what the runtime says */
  attempt(name: keyof typeof FUNCTIONS, ...values: Argument[]): void;
  /** What a function that may fail leaves as a handle or number. @throws Error with what the runtime says */
  made(name: keyof typeof FUNCTIONS, ...values: Argument[]): number;
  /** `attempt` on a thread of its own: JavaScript goes on. */
  attemptLater(name: keyof typeof FUNCTIONS, ...values: Argument[]): Promise<void>;
  /** An address as memory of JavaScript that ends with the value it belongs to. */
  memoryAt(address: number, bytes: number): ArrayBuffer;
  /** The text at an address. */
  textAt(address: number): string;
}

/**
 * An array whose numbers stay where they are: small ones lie among the objects of JavaScript, which move, until their buffer is asked
 * for. It must be referred to as long as C reads it.
 */
export function unmoving<View extends ArrayBufferView>(view: View): View {
  void view.buffer;
  return view;
}

/** Zero-ended texts for C. */
export interface CTexts {
  /** Their addresses. */
  readonly addresses: BigUint64Array;
  /** Their bytes, which must be referred to as long as C reads them. */
  readonly bytes: readonly Uint8Array[];
}

/** Texts for C. */
export function cTexts(values: readonly string[]): CTexts {
  const bytes = values.map((value) => unmoving(new TextEncoder().encode(`${value}\0`)));
  return { addresses: unmoving(BigUint64Array.from(bytes, (text) => BigInt(koffi.address(text)))), bytes };
}

/** Version of the table: that of 1.23, whose operators of opset 23 graphs are written in. */
const API_VERSION = 23;

type NativeFunction = ((...values: unknown[]) => number | string) & {
  async(...values: unknown[]): void;
};

const tables = new Map<string, OnnxApi>();

/** The address in a table of addresses. */
const entryOf = (table: number, index: number): number => Number(koffi.decode(table + 8 * index, POINTER));

/**
 * The functions of a library of ONNX Runtime.
 * @param library path of the shared library
 * @throws InputError if there is none, or it is older than 1.23
 */
export function onnxApi(library: string): OnnxApi {
  const found = tables.get(library) ?? load(library);
  tables.set(library, found);
  return found;
}

/** Version of a library of ONNX Runtime, such as `1.30.0`. @throws InputError as `onnxApi` */
export const onnxVersion = (library: string): string => onnxApi(library).version;

/** Libraries in use: koffi unloads one that nothing refers to, whatever its functions are referred to by. */
const loaded: unknown[] = [];

function open(library: string): number {
  try {
    const found = koffi.load(library);
    loaded.push(found);
    return Number((found.func('OrtGetApiBase', POINTER, []) as NativeFunction)());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError(`ONNX Runtime cannot be loaded from ${library}: ${why}`);
  }
}

function load(library: string): OnnxApi {
  const base = open(library);
  const functionAt = (address: number, result: string, parameters: readonly string[]) =>
    koffi.decode(address, koffi.proto(result, [...parameters])) as NativeFunction;
  const version = String(functionAt(entryOf(base, 1), 'const char *', [])());
  const table = Number(functionAt(entryOf(base, 0), POINTER, ['uint32_t'])(API_VERSION));
  if (!table) throw new InputError(`ONNX Runtime ${version} in ${library} is too old; install 1.23 or later.`);
  const functions = new Map<string, NativeFunction>();
  const of = (name: keyof typeof FUNCTIONS): NativeFunction => {
    const [index, result, ...parameters] = FUNCTIONS[name];
    const made = functions.get(name) ?? functionAt(entryOf(table, index), result, parameters);
    functions.set(name, made);
    return made;
  };
  const check = (status: unknown): void => {
    if (!Number(status)) return;
    const message = String(of('GetErrorMessage')(status));
    of('ReleaseStatus')(status);
    throw new Error(`ONNX Runtime: ${message}`);
  };
  return {
    version,
    call: (name, ...values) => of(name)(...values),
    attempt: (name, ...values) => check(of(name)(...values)),
    made(name, ...values) {
      const out = new BigUint64Array(1);
      check(of(name)(...values, out));
      return Number(out[0]);
    },
    attemptLater: (name, ...values) =>
      new Promise((resolve, reject) => {
        of(name).async(...values, (error: Error | null, status: unknown) => {
          try {
            if (error) throw error;
            check(status);
            resolve();
          } catch (failure) {
            reject(failure as Error);
          }
        });
      }),
    memoryAt: (address, bytes) => koffi.view(address, bytes),
    textAt: (address) => String(koffi.decode(address, 'char', -1)),
  };
}
