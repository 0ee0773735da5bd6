import { promisify } from 'node:util';
import koffi from 'koffi';

/** Handles and addresses of GPUs' memory fit in 53 bits. */
const POINTER = 'uint64_t';

/** Bytes of an `ncclUniqueId`. */
const ID_BYTES = 128;

const UNIQUE_ID = koffi.struct({ internal: koffi.array('uint8_t', ID_BYTES, 'Typed') });

/** `ncclFloat32` and `ncclSum`. Source: nccl.h of NCCL 2.30, the same since 2.0. */
const [FLOAT32, SUM] = [7, 0];

/** CUDA's default stream. */
const STREAM = 0;

/** Files of both libraries, as the system's loader knows them; those that TensorFlow has loaded are found by these names. */
export interface NcclFiles {
  readonly nccl: readonly string[];
  readonly cudart: readonly string[];
}

const FILES: NcclFiles = {
  nccl: ['libnccl.so.2'],
  cudart: ['libcudart.so.12', 'libcudart.so.13', 'libcudart.so'],
};

/** The functions of NCCL in use, on the GPU that is CUDA's first in this process. */
export interface Nccl {
  /** What all ranks of one job are told by the first. */
  newId(): Uint8Array;
  /** Joins the others on another thread; gives the communicator. */
  join(id: Uint8Array, size: number, rank: number): Promise<number>;
  /** Adds float32 numbers over all ranks, in place, all in one go; done once `finished` is. */
  sum(communicator: number, numbers: readonly { readonly address: number; readonly length: number }[]): void;
  finished(): Promise<void>;
}

/** The first library that can be loaded. @throws Error of the last */
function load(names: readonly string[]): ReturnType<typeof koffi.load> {
  let problem: unknown;
  for (const name of names)
    try {
      return koffi.load(name);
    } catch (error) {
      problem = error;
    }
  throw problem;
}

/** Kept, since koffi unloads a library that nothing refers to. */
const loaded: unknown[] = [];

/** NCCL and CUDA's runtime. @throws Error where one of them is not there */
export function loadNccl({ nccl: names, cudart: runtimes }: NcclFiles = FILES): Nccl {
  const [nccl, cudart] = [load(names), load(runtimes)];
  loaded.push(nccl, cudart);
  const text = nccl.func('ncclGetErrorString', 'const char *', ['int']);
  const check = (name: string, code: unknown): void => {
    if (code !== 0) throw new Error(`${name}: ${String(text(code))}`);
  };
  const getId = nccl.func('ncclGetUniqueId', 'int', ['void *']);
  const join = nccl.func('ncclCommInitRank', 'int', ['void *', 'int', UNIQUE_ID, 'int']);
  const allReduce = nccl.func('ncclAllReduce', 'int', [POINTER, POINTER, 'size_t', 'int', 'int', POINTER, POINTER]);
  const [start, end] = ['ncclGroupStart', 'ncclGroupEnd'].map((name) => nccl.func(name, 'int', []));
  const synchronize = cudart.func('cudaStreamSynchronize', 'int', [POINTER]);
  const later = (fn: typeof join) => promisify(fn.async) as (...values: unknown[]) => Promise<number>;
  return {
    newId() {
      const id = new Uint8Array(new ArrayBuffer(ID_BYTES));
      check('ncclGetUniqueId', getId(id));
      return id;
    },
    async join(id, size, rank) {
      const communicator = new BigUint64Array(new ArrayBuffer(8));
      check('ncclCommInitRank', await later(join)(communicator, size, { internal: id }, rank));
      return Number(communicator[0]);
    },
    sum(communicator, numbers) {
      // NCCL knows what belongs together by the thread.
      check('ncclGroupStart', start!());
      for (const { address, length } of numbers)
        check('ncclAllReduce', allReduce(address, address, length, FLOAT32, SUM, communicator, STREAM));
      check('ncclGroupEnd', end!());
    },
    async finished() {
      const code = await later(synchronize)(STREAM);
      if (code !== 0) throw new Error(`cudaStreamSynchronize gave ${code}`);
    },
  };
}
