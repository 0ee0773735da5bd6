import { InputError } from '../errors';
import { attributeSetter } from './attributes';
import { type CApi, type LoadOptions, loadCApi } from './c-api';
import { openExecutors } from './executors';
import { openGraph } from './graph';
import { integerField } from './protobuf';
import { type Binding, type HostValues, type OpAttribute, TYPES, type TensorMetadata } from './types';

/** How a context is opened. */
export interface ContextOptions extends LoadOptions {
  /** Threads within one op. */
  readonly threads: number;
}

const int64 = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt);

/** Throws TensorFlow's message when the last call through `status` failed. */
const checker = (c: CApi, status: number) => (): void => {
  if (c.TF_GetCode(status) !== 0) throw new Error(`TensorFlow: ${String(c.TF_Message(status))}`);
};

function openContext(c: CApi, status: number, { threads }: ContextOptions): number {
  // ConfigProto: intra_op_parallelism_threads = 2, inter_op_parallelism_threads = 5.
  const config = Buffer.concat([integerField(2, threads), integerField(5, threads)]);
  const options = c.TFE_NewContextOptions();
  c.TFE_ContextOptionsSetConfig(options, config, config.byteLength, status);
  const context = c.TFE_NewContext(options, status);
  c.TFE_DeleteContextOptions(options);
  return context;
}

/** Types (`CPU`, `GPU`) and full names of the devices of a context. */
function listDevices(c: CApi, status: number, context: number): { type: string; name: string }[] {
  const list = c.TFE_ContextListDevices(context, status);
  const devices = Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => ({
    type: String(c.TF_DeviceListType(list, i, status)),
    name: String(c.TF_DeviceListName(list, i, status)),
  }));
  c.TF_DeleteDeviceList(list);
  return devices;
}

/** Host memory of the right kind for a tensor's bytes. */
function viewOf(dtype: number, bytes: ArrayBuffer): HostValues {
  if (dtype === TYPES.TF_INT32) return new Int32Array(bytes);
  if (dtype === TYPES.TF_BOOL || dtype === TYPES.TF_UINT8) return new Uint8Array(bytes);
  return dtype === TYPES.TF_INT64 ? new BigInt64Array(bytes) : new Float32Array(bytes);
}

/** The binding with what it runs on. */
export interface OpenBinding {
  readonly binding: Binding & typeof TYPES;
  readonly version: string;
  readonly devices: readonly string[];
  /** Whether oneDNN's kernels are in use. */
  readonly oneDnn: boolean;
}

/**
 * tfjs-node's native binding in JavaScript: no compiler, no Node headers, no addon.
 * @param library path of libtensorflow_cc
 * @throws InputError if the library cannot be loaded
 */
export function openBinding(library: string, options: ContextOptions): OpenBinding {
  let c: CApi;
  try {
    c = loadCApi(library, options);
  } catch (error) {
    throw new InputError(`The TensorFlow library at ${library} cannot be loaded: ${(error as Error).message}`);
  }
  const status = c.TF_NewStatus();
  const ok = checker(c, status);
  const context = openContext(c, status, options);
  ok();
  const executors = openExecutors(c, context);
  const devices = listDevices(c, status, context);
  const gpu = devices.find(({ type }) => type === 'GPU')?.name;

  const handles = new Map<number, number>();
  let next = 0;
  const insert = (handle: number): number => {
    handles.set(next, handle);
    return next++;
  };
  const handleOf = (id: number): number => {
    const handle = handles.get(id);
    if (handle !== undefined) return handle;
    if (id < 0)
      throw new InputError('A tensor from inside a compiled function was used outside it: return it as a result.');
    throw new Error(`there is no native tensor ${id}; it was disposed`);
  };
  const metadata = (id: number, handle: number): TensorMetadata => ({
    id,
    dtype: c.TFE_TensorHandleDataType(handle),
    shape: Array.from({ length: c.TFE_TensorHandleNumDims(handle, status) }, (_, axis) =>
      Number(c.TFE_TensorHandleDim(handle, axis, status)),
    ),
  });
  const setAttribute = attributeSetter(c, 'TFE_OpSetAttr', status);
  const count = new Int32Array(1);
  let results = new BigUint64Array(16);

  /** Throws what has failed, perhaps in a function of before, which then is over. */
  const noticed = (outcome: number): void => {
    if (c.TF_GetCode(outcome) !== 0) executors.clear();
    checker(c, outcome)();
  };
  /** The numbers of a tensor that was resolved. */
  const take = (tensor: number, handle: number, outcome: number): HostValues => {
    noticed(outcome);
    const bytes = new ArrayBuffer(Number(c.TF_TensorByteSize(tensor)));
    if (bytes.byteLength) c.copyOut(new Uint8Array(bytes), c.TF_TensorData(tensor), bytes.byteLength);
    c.TF_DeleteTensor(tensor);
    return viewOf(c.TFE_TensorHandleDataType(handle), bytes);
  };
  const execute = (name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number) => {
    const op = c.TFE_NewOp(context, name, status);
    ok();
    try {
      for (const id of inputs) c.TFE_OpAddInput(op, handleOf(id), status);
      for (const attribute of attributes) setAttribute(op, attribute);
      ok();
      if (results.length < outputs) results = new BigUint64Array(outputs);
      count[0] = outputs;
      c.TFE_Execute(op, results, count, status);
      noticed(status);
      return Array.from({ length: count[0] }, (_, i) => Number(results[i]));
    } finally {
      c.TFE_DeleteOp(op);
    }
  };

  const binding: Binding = {
    isUsingGpuDevice: () => gpu !== undefined,
    getNumOfTensors: () => handles.size,
    createTensor(shape, dtype, values) {
      if (!ArrayBuffer.isView(values)) throw new Error('the native engine holds numbers only, not strings');
      const tensor = c.TF_AllocateTensor(dtype, int64(shape), shape.length, values.byteLength);
      if (values.byteLength) c.copyIn(c.TF_TensorData(tensor), values, values.byteLength);
      let handle = c.TFE_NewTensorHandle(tensor, status);
      c.TF_DeleteTensor(tensor);
      ok();
      // TensorFlow keeps int32 in host memory also on GPUs.
      if (gpu && dtype !== TYPES.TF_INT32) {
        const moved = c.TFE_TensorHandleCopyToDevice(handle, context, gpu, status);
        c.TFE_DeleteTensorHandle(handle);
        ok();
        handle = moved;
      }
      return insert(handle);
    },
    deleteTensor(id) {
      c.TFE_DeleteTensorHandle(handleOf(id));
      handles.delete(id);
    },
    describe: (id) => metadata(id, handleOf(id)),
    tensorDataSync(id) {
      const handle = handleOf(id);
      return take(c.TFE_TensorHandleResolve(handle, status), handle, status);
    },
    async tensorData(id) {
      const [own, answer] = [c.TFE_TensorHandleCopySharingTensor(handleOf(id), status), c.TF_NewStatus()];
      try {
        return take(await c.resolveLater(own, answer), own, answer);
      } finally {
        c.TFE_DeleteTensorHandle(own);
        c.TF_DeleteStatus(answer);
      }
    },
    executeOp: (name, attributes, inputs, outputs) =>
      execute(name, attributes, inputs, outputs).map((handle) => metadata(insert(handle), handle)),
    executeFunction(name, attributes, inputs, expected) {
      const started = executors.later(() => execute(name, attributes, inputs, expected.length));
      return expected.map(({ dtype, shape }, i) => ({ id: insert(started[i]!), dtype, shape: [...shape] }));
    },
    openGraph: () => {
      const { constant, ...graph } = openGraph(c, status, context, ok);
      return { ...graph, constant: (id) => constant(handleOf(id)) };
    },
    removeFunction(name) {
      c.TFE_ContextRemoveFunction(context, name, status);
      ok();
    },
  };
  return {
    binding: { ...TYPES, ...binding },
    version: String(c.TF_Version()),
    // TensorFlow is built with oneDNN on Linux.
    oneDnn: process.platform === 'linux' && c.environment('TF_ENABLE_ONEDNN_OPTS') !== '0',
    devices: devices.map(({ type, name }) => (type === 'GPU' ? name : type)),
  };
}
