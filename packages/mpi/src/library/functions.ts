import { promisify } from 'node:util';
import { InputError } from '@idlm/core-diffusion/errors';
import koffi from 'koffi';
import { type Implementation, type Kind, implementationOf } from './implementation';

/** Bytes of an asynchronous call's stack: koffi's own 128 KiB end MPICH's all-reduce with a segmentation fault. */
const STACK = 2 ** 22;

/** MPI_MAX_LIBRARY_VERSION_STRING and MPI_MAX_ERROR_STRING, as large as any library has them. */
const TEXT = 8192;

/** Memory that crosses into C. Small arrays must have been made to lie still. */
type Memory = ArrayBufferView;

/** The functions of an MPI library that are in use. Those that give a promise run on another thread, and this one goes on. */
export interface MpiFunctions {
  /** Path of the library, or its name for the system's loader. */
  readonly file: string;
  readonly kind: Kind;
  /** What the library says that it is, such as `Open MPI v5.0.11`. */
  readonly version: string;
  /** Asks for every thread level; gives the level that there is. */
  init(): 'multiple' | 'serialized' | 'less';
  size(): number;
  rank(): number;
  /** A communicator of the same ranks, whose calls meet no others. */
  duplicate(): number | bigint;
  readonly world: number | bigint;
  sumInPlace(values: Float32Array): Promise<void>;
  /** @param bytes of each rank */
  gather(own: Memory, all: Memory, bytes: number, communicator?: number | bigint): Promise<void>;
  /** @param counts bytes of each rank @param places where those begin */
  gatherSome(own: Memory, all: Memory, counts: Int32Array, places: Int32Array): Promise<void>;
  /** @param bytes for each rank, and from each */
  exchange(given: Memory, taken: Memory, bytes: number): Promise<void>;
  broadcast(bytes: Memory): Promise<void>;
  finalize(): void;
  abort(code: number): void;
}

type Loaded = ReturnType<typeof koffi.load>;

/** Kept, since koffi unloads a library that nothing refers to. */
const loaded: Loaded[] = [];

/** @throws InputError where koffi was in use before with stacks that are too small */
function requireStack(): void {
  if ((koffi.config()['async_stack_size'] ?? 0) >= STACK) return;
  try {
    koffi.config({ async_stack_size: STACK });
  } catch {
    throw new InputError(
      'MPI needs larger stacks than koffi was set to; open the ranks before anything else loads a library.',
    );
  }
}

const hasSymbol = (library: Loaded, name: string): boolean => {
  try {
    library.symbol(name, 'void *');
    return true;
  } catch {
    return false;
  }
};

/** Whether a library speaks the standard's interface: MPICH's own also has the function, and says −1. */
function isStandard(library: Loaded): boolean {
  if (!hasSymbol(library, 'MPI_Abi_get_version')) return false;
  const [major, minor] = [[0], [0]];
  library.func('MPI_Abi_get_version', 'int', ['_Out_ int *', '_Out_ int *'])(major, minor);
  return major[0]! >= 1;
}

function kindOf(library: Loaded): Kind {
  if (isStandard(library)) return 'abi';
  return hasSymbol(library, 'ompi_mpi_comm_world') ? 'open-mpi' : 'mpich';
}

/** A text that a function leaves in memory of ours with its length. */
function textFrom(call: (text: Memory, length: number[]) => unknown): string {
  const [text, length] = [Buffer.alloc(TEXT), [0]];
  call(text, length);
  return text
    .toString('latin1', 0, length[0])
    .replace(/\0[^]*/, '')
    .trim();
}

const versionOf = (library: Loaded): string =>
  textFrom(library.func('MPI_Get_library_version', 'int', ['void *', '_Out_ int *']))
    .split(/[\n,]/)[0]!
    .replace(/\s+/g, ' ');

type Call = ((...values: unknown[]) => number) & { async(...values: unknown[]): void };

/** C functions of a library by their signatures, in which H is the type of its handles. @throws Error in MPI's words where one fails */
function caller(library: Loaded, { handle }: Implementation) {
  const typed = (name: string, types: readonly string[]) =>
    library.func(
      `MPI_${name}`,
      'int',
      types.map((type) => type.replace('H', handle)),
    ) as Call;
  const errorText = library.func('MPI_Error_string', 'int', ['int', 'void *', '_Out_ int *']);
  const check = (name: string, code: number): void => {
    if (code !== 0) throw new Error(`MPI_${name}: ${textFrom((text, length) => errorText(code, text, length))}`);
  };
  return {
    now(name: string, ...types: string[]) {
      const call = typed(name, types);
      return (...values: unknown[]): void => check(name, call(...values));
    },
    later(name: string, ...types: string[]) {
      const call = promisify(typed(name, types).async) as (...values: unknown[]) => Promise<number>;
      return async (...values: unknown[]): Promise<void> => check(name, await call(...values));
    },
  };
}

/** The level that MPI_Init_thread gave, by its name. */
const levelOf = ({ multiple, serialized }: Implementation, level: number): 'multiple' | 'serialized' | 'less' =>
  level >= multiple ? 'multiple' : level >= serialized ? 'serialized' : 'less';

/** Functions of a loaded library. */
function bind(file: string, library: Loaded, kind: Kind): MpiFunctions {
  const names = implementationOf(kind, (name) => BigInt(koffi.address(library.symbol(name, 'void *'))));
  const { world, float, byte, add, inPlace } = names;
  const { now, later } = caller(library, names);
  const init = now('Init_thread', 'void *', 'void *', 'int', '_Out_ int *');
  const handleErrors = now('Comm_set_errhandler', 'H', 'H');
  const numberFrom = (call: (...values: unknown[]) => void) => {
    const out = [0];
    call(world, out);
    return out[0]!;
  };
  const [comm_size, comm_rank] = [now('Comm_size', 'H', '_Out_ int *'), now('Comm_rank', 'H', '_Out_ int *')];
  const duplicate = now('Comm_dup', 'H', '_Out_ H *');
  const allReduce = later('Allreduce', 'intptr_t', 'void *', 'int', 'H', 'H', 'H');
  const gather = later('Allgather', 'void *', 'int', 'H', 'void *', 'int', 'H', 'H');
  const gatherSome = later('Allgatherv', 'void *', 'int', 'H', 'void *', 'void *', 'void *', 'H', 'H');
  const exchange = later('Alltoall', 'void *', 'int', 'H', 'void *', 'int', 'H', 'H');
  const broadcast = later('Bcast', 'void *', 'int', 'H', 'int', 'H');
  return {
    file,
    kind,
    version: versionOf(library),
    world,
    init() {
      const level = [0];
      init(null, null, names.multiple, level);
      handleErrors(world, names.errorsReturn);
      return levelOf(names, level[0]!);
    },
    size: () => numberFrom(comm_size),
    rank: () => numberFrom(comm_rank),
    duplicate: () => numberFrom(duplicate),
    sumInPlace: (values) => allReduce(inPlace, values, values.length, float, add, world),
    gather: (own, all, bytes, communicator = world) => gather(own, bytes, byte, all, bytes, byte, communicator),
    gatherSome: (own, all, counts, places) => gatherSome(own, own.byteLength, byte, all, counts, places, byte, world),
    exchange: (given, taken, bytes) => exchange(given, bytes, byte, taken, bytes, byte, world),
    broadcast: (bytes) => broadcast(bytes, bytes.byteLength, byte, 0, world),
    finalize: now('Finalize'),
    abort: (code) => now('Abort', 'H', 'int')(world, code),
  };
}

/**
 * Loads the first library that can be.
 * @param candidates paths, or names for the system's loader
 * @throws InputError naming all of them and what the loader says of the last
 */
export function loadMpi(candidates: readonly string[]): MpiFunctions {
  requireStack();
  let problem = '';
  for (const candidate of candidates) {
    try {
      // Parts of Open MPI that it loads by itself look for its names among those of the process.
      const library = koffi.load(candidate, { global: true });
      if (!hasSymbol(library, 'MPI_Init_thread')) throw new Error(`${candidate} is no MPI library`);
      loaded.push(library);
      return bind(candidate, library, kindOf(library));
    } catch (error) {
      problem = (error as Error).message;
    }
  }
  throw new InputError(
    `No MPI library can be loaded (${candidates.join(', ')}: ${problem}); name it by IDLM_MPI_LIBRARY, or put the mpirun that belongs to it on the PATH.`,
  );
}
