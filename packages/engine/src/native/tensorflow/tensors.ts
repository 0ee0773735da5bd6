import { InputError } from '../../errors';
import { int64 } from './attributes';
import type { Context } from './context';
import {
  type HostValues,
  type LocatedTensors,
  type Place,
  TYPES,
  type TensorMetadata,
  type TensorTable,
} from './types';

/** The numbers by which tfjs-node's kernels know tensors, for TFE_TensorHandles. */
export interface Handles {
  count(): number;
  /** A new number. */
  insert(handle: number): number;
  /** @throws InputError for a tensor of a trace, Error for one that was disposed */
  get(id: number): number;
  remove(id: number): void;
}

/** An empty table of handles. */
export function openHandles(): Handles {
  const handles = new Map<number, number>();
  let next = 0;
  return {
    count: () => handles.size,
    insert(handle) {
      handles.set(next, handle);
      return next++;
    },
    get(id) {
      const handle = handles.get(id);
      if (handle !== undefined) return handle;
      if (id < 0)
        throw new InputError('A tensor from inside a compiled function was used outside it: return it as a result.');
      throw new Error(`there is no native tensor ${id}; it was disposed`);
    },
    remove: (id) => void handles.delete(id),
  };
}

/**
 * What TensorFlow says of a tensor: its `TYPES` data type and its shape, [] of a scalar. Waits for one whose shape is yet to come.
 * @param id its number, which is given back
 * @param handle its TFE_TensorHandle
 */
export const metadataOf = ({ c, status }: Context, id: number, handle: number): TensorMetadata => ({
  id,
  dtype: c.TFE_TensorHandleDataType(handle),
  shape: Array.from({ length: c.TFE_TensorHandleNumDims(handle, status) }, (_, axis) =>
    Number(c.TFE_TensorHandleDim(handle, axis, status)),
  ),
});

/**
 * Host memory of the right kind for a tensor's bytes: 4 for float32 and int32, 1 for bool and uint8, 8 for int64. Other types, as
 * bfloat16, exist within functions only.
 */
function viewOf(dtype: number, bytes: ArrayBuffer): HostValues {
  if (dtype === TYPES.TF_INT32) return new Int32Array(bytes);
  if (dtype === TYPES.TF_BOOL || dtype === TYPES.TF_UINT8) return new Uint8Array(bytes);
  return dtype === TYPES.TF_INT64 ? new BigInt64Array(bytes) : new Float32Array(bytes);
}

/** The device that tensors are put on where it is not the host. */
const gpuOf = ({ devices }: Context): string | undefined => devices.find(({ type }) => type === 'GPU')?.name;

/**
 * Copies numbers to a new TFE_TensorHandle, on the GPU where there is one.
 * @param values as many as the shape says, of the type's own kind
 * @throws Error for strings, and in TensorFlow's words where memory is lacking
 */
function upload(context: Context, shape: readonly number[], dtype: number, values: HostValues): number {
  const { c, status, ok } = context;
  if (!ArrayBuffer.isView(values)) throw new Error('the native engine holds numbers only, not strings');
  const tensor = c.TF_AllocateTensor(dtype, int64(shape), shape.length, values.byteLength);
  if (values.byteLength) c.copyIn(c.TF_TensorData(tensor), values, values.byteLength);
  const handle = c.TFE_NewTensorHandle(tensor, status);
  c.TF_DeleteTensor(tensor);
  ok();
  const gpu = gpuOf(context);
  // TensorFlow keeps int32 in host memory also on GPUs.
  if (!gpu || dtype === TYPES.TF_INT32) return handle;
  const moved = c.TFE_TensorHandleCopyToDevice(handle, context.handle, gpu, status);
  c.TFE_DeleteTensorHandle(handle);
  ok();
  return moved;
}

/** The numbers of a tensor that was resolved, which is freed. @param outcome status of resolving it */
function taken({ c, noticed }: Context, tensor: number, handle: number, outcome: number): HostValues {
  noticed(outcome);
  const bytes = new ArrayBuffer(Number(c.TF_TensorByteSize(tensor)));
  if (bytes.byteLength) c.copyOut(new Uint8Array(bytes), c.TF_TensorData(tensor), bytes.byteLength);
  c.TF_DeleteTensor(tensor);
  return viewOf(c.TFE_TensorHandleDataType(handle), bytes);
}

/**
 * Reads a tensor while this thread goes on. It is read through a handle and a status of its own: the tensor may be deleted meanwhile,
 * and other calls use the context's status.
 * @throws Error with the failure of the function that was to make it
 */
async function readLater(context: Context, handle: number): Promise<HostValues> {
  const { c, status } = context;
  const [own, answer] = [c.TFE_TensorHandleCopySharingTensor(handle, status), c.TF_NewStatus()];
  try {
    return taken(context, await c.resolveLater(own, answer), own, answer);
  } finally {
    c.TFE_DeleteTensorHandle(own);
    c.TF_DeleteStatus(answer);
  }
}

/**
 * Finds where tensors lie. The first is waited for while this thread goes on: those of one function come at once.
 * @throws Error with the failure of the function that was to make one
 */
async function locate(context: Context, handles: readonly number[]): Promise<LocatedTensors> {
  const { c, noticed } = context;
  const [found, answer]: [number[], number] = [[], c.TF_NewStatus()];
  const release = () => found.forEach((tensor) => c.TF_DeleteTensor(tensor));
  try {
    for (const handle of handles) {
      const tensor = await (found.length ? c.TFE_TensorHandleResolve : c.resolveLater)(handle, answer);
      noticed(answer);
      found.push(tensor);
    }
  } catch (error) {
    release();
    throw error;
  } finally {
    c.TF_DeleteStatus(answer);
  }
  const places = found.map((tensor) => ({
    address: Number(c.TF_TensorData(tensor)),
    bytes: Number(c.TF_TensorByteSize(tensor)),
  }));
  return { places, release };
}

/**
 * Finds where tensors lie on their device. They must not be deleted before what is done there.
 * @throws Error with the failure of the function that was to make one
 */
async function locateOnDevice({ c, noticed }: Context, handles: readonly number[]): Promise<Place[]> {
  const [places, answer]: [Place[], number] = [[], c.TF_NewStatus()];
  try {
    for (const handle of handles) {
      // The first is waited for while this thread goes on: then the device has done all that it was given.
      const find = places.length ? c.TFE_TensorHandleDevicePointer : c.devicePointerLater;
      const address = Number(await find(handle, answer));
      noticed(answer);
      places.push({ address, bytes: Number(c.TFE_TensorHandleDeviceMemorySize(handle, answer)) });
      noticed(answer);
    }
    return places;
  } finally {
    c.TF_DeleteStatus(answer);
  }
}

/** Making, reading and freeing the tensors of a context. */
export function tensorTable(context: Context, handles: Handles): TensorTable {
  const { c, status } = context;
  return {
    getNumOfTensors: handles.count,
    createTensor: (shape, dtype, values) => handles.insert(upload(context, shape, dtype, values)),
    deleteTensor(id) {
      c.TFE_DeleteTensorHandle(handles.get(id));
      handles.remove(id);
    },
    describe: (id) => metadataOf(context, id, handles.get(id)),
    tensorDataSync(id) {
      const handle = handles.get(id);
      return taken(context, c.TFE_TensorHandleResolve(handle, status), handle, status);
    },
    tensorData: async (id) => readLater(context, handles.get(id)),
    locate: (ids) => locate(context, ids.map(handles.get)),
    locateOnDevice: (ids) => locateOnDevice(context, ids.map(handles.get)),
  };
}
