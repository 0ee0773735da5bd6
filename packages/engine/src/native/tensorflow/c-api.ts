import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import koffi from 'koffi';
import type { FreedMemory } from '../../engine';
import { thisProcessor } from '../../processor';
import { SYSTEM_ALLOCATOR, returnLargeBlocks } from '../freed-memory';
import { inTurns } from './turns';
import { xlaFlags } from './xla-flags';

/** Handles travel as plain integers: user-space addresses fit in 53 bits. */
const POINTER = 'uint64_t';

/** TF_Output: one of an operation's results, counted from 0, handed over by value. */
const OUTPUT = koffi.struct({ operation: POINTER, index: 'int' });

/**
 * Result and parameter types of the functions in use of tensorflow/c/c_api.h and tensorflow/c/eager/c_api.h, result first. A status is
 * a parameter that a function writes to; who calls asks TF_GetCode, which is 0 (TF_OK) after a success.
 */
const SIGNATURES = {
  TF_Version: ['const char *'],
  TF_NewStatus: [POINTER],
  TF_DeleteStatus: ['void', POINTER],
  TF_GetCode: ['int', POINTER],
  TF_Message: ['const char *', POINTER],
  TFE_NewContextOptions: [POINTER],
  TFE_ContextOptionsSetConfig: ['void', POINTER, 'void *', 'size_t', POINTER],
  TFE_DeleteContextOptions: ['void', POINTER],
  TFE_NewContext: [POINTER, POINTER, POINTER],
  TFE_ContextListDevices: [POINTER, POINTER, POINTER],
  TF_DeviceListCount: ['int', POINTER],
  TF_DeviceListType: ['const char *', POINTER, 'int', POINTER],
  TF_DeviceListName: ['const char *', POINTER, 'int', POINTER],
  TF_DeleteDeviceList: ['void', POINTER],
  TF_AllocateTensor: [POINTER, 'int', 'void *', 'int', 'size_t'],
  TF_TensorData: [POINTER, POINTER],
  TF_TensorByteSize: ['size_t', POINTER],
  TF_DeleteTensor: ['void', POINTER],
  TFE_ContextGetExecutorForThread: [POINTER, POINTER],
  TFE_ContextSetExecutorForThread: ['void', POINTER, POINTER],
  TFE_NewExecutor: [POINTER, 'uint8_t', 'uint8_t', 'int'],
  TFE_ExecutorClearError: ['void', POINTER],
  TFE_NewTensorHandle: [POINTER, POINTER, POINTER],
  TFE_TensorHandleCopySharingTensor: [POINTER, POINTER, POINTER],
  TFE_TensorHandleResolve: [POINTER, POINTER, POINTER],
  TFE_TensorHandleDevicePointer: [POINTER, POINTER, POINTER],
  TFE_TensorHandleDeviceMemorySize: ['size_t', POINTER, POINTER],
  TFE_DeleteTensorHandle: ['void', POINTER],
  TFE_TensorHandleCopyToDevice: [POINTER, POINTER, POINTER, 'const char *', POINTER],
  TFE_TensorHandleNumDims: ['int', POINTER, POINTER],
  TFE_TensorHandleDim: ['int64_t', POINTER, 'int', POINTER],
  TFE_TensorHandleDataType: ['int', POINTER],
  TFE_NewOp: [POINTER, POINTER, 'const char *', POINTER],
  TFE_DeleteOp: ['void', POINTER],
  TFE_OpAddInput: ['void', POINTER, POINTER, POINTER],
  TFE_Execute: ['void', POINTER, 'void *', 'void *', POINTER],
  TFE_OpSetAttrString: ['void', POINTER, 'const char *', 'const char *', 'size_t'],
  TFE_OpSetAttrInt: ['void', POINTER, 'const char *', 'int64_t'],
  TFE_OpSetAttrFloat: ['void', POINTER, 'const char *', 'float'],
  TFE_OpSetAttrBool: ['void', POINTER, 'const char *', 'uint8_t'],
  TFE_OpSetAttrType: ['void', POINTER, 'const char *', 'int'],
  TFE_OpSetAttrShape: ['void', POINTER, 'const char *', 'void *', 'int', POINTER],
  TFE_OpSetAttrIntList: ['void', POINTER, 'const char *', 'void *', 'int'],
  TFE_OpSetAttrFloatList: ['void', POINTER, 'const char *', 'void *', 'int'],
  TF_NewGraph: [POINTER],
  TF_DeleteGraph: ['void', POINTER],
  TF_GraphGetOpDef: ['void', POINTER, 'const char *', POINTER, POINTER],
  TF_NewBuffer: [POINTER],
  TF_DeleteBuffer: ['void', POINTER],
  TF_NewOperation: [POINTER, POINTER, 'const char *', 'const char *'],
  TF_AddInput: ['void', POINTER, OUTPUT],
  TF_AddInputList: ['void', POINTER, 'void *', 'int'],
  TF_SetAttrString: ['void', POINTER, 'const char *', 'const char *', 'size_t'],
  TF_SetAttrInt: ['void', POINTER, 'const char *', 'int64_t'],
  TF_SetAttrFloat: ['void', POINTER, 'const char *', 'float'],
  TF_SetAttrBool: ['void', POINTER, 'const char *', 'uint8_t'],
  TF_SetAttrType: ['void', POINTER, 'const char *', 'int'],
  TF_SetAttrShape: ['void', POINTER, 'const char *', 'void *', 'int'],
  TF_SetAttrIntList: ['void', POINTER, 'const char *', 'void *', 'int'],
  TF_SetAttrFloatList: ['void', POINTER, 'const char *', 'void *', 'int'],
  TF_SetAttrTensor: ['void', POINTER, 'const char *', POINTER, POINTER],
  TF_FinishOperation: [POINTER, POINTER, POINTER],
  TF_OperationNumOutputs: ['int', POINTER],
  TF_OperationOutputType: ['int', OUTPUT],
  TF_GraphGetTensorNumDims: ['int', POINTER, OUTPUT, POINTER],
  TF_GraphGetTensorShape: ['void', POINTER, OUTPUT, 'void *', 'int', POINTER],
  TF_GraphToFunction: [
    POINTER,
    POINTER,
    'const char *',
    'uint8_t',
    'int',
    POINTER,
    'int',
    'void *',
    'int',
    'void *',
    POINTER,
    POINTER,
    'const char *',
    POINTER,
  ],
  TF_DeleteFunction: ['void', POINTER],
  TF_GraphCopyFunction: ['void', POINTER, POINTER, POINTER, POINTER],
  TF_GraphSetTensorShape: ['void', POINTER, OUTPUT, 'void *', 'int', POINTER],
  TFE_ContextAddFunction: ['void', POINTER, POINTER, POINTER],
  TFE_ContextRemoveFunction: ['void', POINTER, 'const char *', POINTER],
} as const;

/** A value that crosses into C: numbers and addresses, names, memory, or an operation's result. */
type Argument =
  number | bigint | string | null | ArrayBufferView | { readonly operation: number; readonly index: number };

/** The C functions in use, plus the two ways of copying memory across. */
export type CApi = Readonly<Record<keyof typeof SIGNATURES, (...values: Argument[]) => number>> & {
  /** A variable of the process as TensorFlow finds it. */
  readonly environment: (name: string) => string | null;
  /** `TFE_TensorHandleResolve` on another thread: this one goes on while the tensor is yet to come. */
  readonly resolveLater: (handle: number, status: number) => Promise<number>;
  /** `TFE_TensorHandleDevicePointer` likewise, which waits for all that the device was given. */
  readonly devicePointerLater: (handle: number, status: number) => Promise<number>;
  /** Copies JavaScript memory to a C address. */
  readonly copyIn: (address: number, values: ArrayBufferView, bytes: number) => number;
  /** Copies C memory into JavaScript. */
  readonly copyOut: (values: ArrayBufferView, address: number, bytes: number) => number;
};

const SYSTEM_LIBRARIES: Readonly<Record<string, string>> = { darwin: 'libSystem.B.dylib', win32: 'msvcrt.dll' };

/** TensorFlow reads these when it is loaded; what the user has set stays. */
const DEFAULTS = { TF_CPP_MIN_LOG_LEVEL: '2', TF_ENABLE_ONEDNN_OPTS: '1', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };

/** Variables of the process by name. */
type Variables = Readonly<Record<string, string>>;

/**
 * Sets variables of the process itself: `process.env` may be a copy, as it is under jest.
 * @param defaults those that what the user has set goes before
 * @param certain those that stand whatever the user has set
 */
function setVariables(libc: ReturnType<typeof koffi.load>, defaults: Variables, certain: Variables): void {
  if (process.platform === 'win32') return void Object.assign(process.env, { ...defaults, ...process.env, ...certain });
  const setenv = libc.func('setenv', 'int', ['const char *', 'const char *', 'int']);
  for (const [name, value] of Object.entries(defaults)) setenv(name, value, 0);
  for (const [name, value] of Object.entries(certain)) setenv(name, value, 1);
}

/**
 * Loads CUDA's libraries first: TensorFlow asks for them by name, and finds those that are loaded.
 * @param cuda a folder with one folder for each package, which has its libraries in `lib`
 */
function preload(cuda: string): void {
  for (const part of readdirSync(cuda)) {
    const folder = join(cuda, part, 'lib');
    if (!existsSync(folder)) continue;
    // NVBLAS would put itself in front of other libraries' products.
    for (const file of readdirSync(folder)) if (/^lib(?!nvblas).*\.so[.\d]*$/.test(file)) tryLoad(join(folder, file));
  }
}

/** Kept, since a library that nothing refers to is unloaded. */
const preloaded: unknown[] = [];

/** Some libraries are parts that only others load; what TensorFlow cannot find afterwards it names itself. */
function tryLoad(file: string): void {
  try {
    preloaded.push(koffi.load(file, { lazy: true, global: true }));
  } catch {
    return;
  }
}

/** absl's `SetMinLogLevel` in the TensorFlow versions that `planInstall` pins. */
const SET_LOG_LEVEL = '_ZN4absl12lts_2023080214SetMinLogLevelENS0_18LogSeverityAtLeastE';
const ERRORS_ONLY = 2;

/** XLA tells of each of its first steps and, unlike TensorFlow, minds no variable. Where the function is absent, it goes on to. */
function silenceNotices(tensorflow: ReturnType<typeof koffi.load>): void {
  try {
    tensorflow.func(SET_LOG_LEVEL, 'void', ['int'])(ERRORS_ONLY);
  } catch {
    return;
  }
}

/** What is settled before TensorFlow is loaded. */
export interface LoadOptions {
  /** Folder of CUDA's libraries, which are loaded first. */
  readonly cuda?: string;
  /** Variables that it will find set so, whatever the user's are. */
  readonly variables?: Variables;
  /** What becomes of freed memory (default `kept`). */
  readonly freedMemory?: FreedMemory;
}

/** Bytes of the stacks of calls on other threads, for whatever library this process loads: MPICH's need more than koffi's 128 KiB. */
const STACK = 2 ** 22;

/** Only before the first library is loaded can koffi's stacks grow; whoever needs them later says so. */
function growStacks(): void {
  try {
    koffi.config({ async_stack_size: STACK });
  } catch {
    return;
  }
}

/**
 * Loads libtensorflow from its file. TensorFlow reads its variables and the allocator's settings at that moment, so both are settled
 * before; XLA's flags, which follow from the version, just after, and before anything is compiled.
 * @param library path of libtensorflow_cc
 * @returns its functions, which check nothing: wrong addresses end the process
 * @throws Error, the loader's own, when the file, one that it needs or one of the functions is missing
 */
export function loadCApi(library: string, { cuda, variables = {}, freedMemory }: LoadOptions = {}): CApi {
  growStacks();
  const libc = koffi.load(SYSTEM_LIBRARIES[process.platform] ?? 'libc.so.6');
  const hasCuda = cuda !== undefined && existsSync(cuda);
  const isReturned = freedMemory === 'returned';
  setVariables(libc, DEFAULTS, { ...variables, ...(isReturned ? SYSTEM_ALLOCATOR : {}) });
  if (isReturned) returnLargeBlocks(libc);
  if (hasCuda) preload(cuda);
  const tensorflow = koffi.load(library);
  silenceNotices(tensorflow);
  const functions = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, [result, ...parameters]]) => [
      name,
      tensorflow.func(name, result, [...parameters]),
    ]),
  );
  // XLA reads its flags when it first compiles; which ones it knows, the library says.
  const version = String(functions['TF_Version']!());
  const flags = xlaFlags({ version, features: thisProcessor().features, cuda: hasCuda ? cuda : undefined });
  if (flags) setVariables(libc, { XLA_FLAGS: flags }, {});
  return {
    ...functions,
    resolveLater: inTurns(promisify(functions['TFE_TensorHandleResolve']!.async) as CApi['resolveLater']),
    devicePointerLater: inTurns(
      promisify(functions['TFE_TensorHandleDevicePointer']!.async) as CApi['devicePointerLater'],
    ),
    environment: libc.func('getenv', 'const char *', ['const char *']),
    copyIn: libc.func('memcpy', POINTER, [POINTER, 'void *', 'size_t']),
    copyOut: libc.func('memcpy', POINTER, ['void *', POINTER, 'size_t']),
  } as unknown as CApi;
}
