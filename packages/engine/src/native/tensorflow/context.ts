import { InputError } from '../../errors';
import { type CApi, type LoadOptions, loadCApi } from './c-api';
import { type Executors, openExecutors } from './executors';
import { integerField } from './protobuf';

/** How a context is opened. */
export interface ContextOptions extends LoadOptions {
  /** Threads within one op. */
  readonly threads: number;
}

/** A device by its type (`CPU`, `GPU`) and full name. */
interface Device {
  readonly type: string;
  readonly name: string;
}

/** TensorFlow's eager runtime in this process. */
export interface Context {
  readonly c: CApi;
  /** TFE_Context. */
  readonly handle: number;
  /** TF_Status of this thread's calls. */
  readonly status: number;
  readonly devices: readonly Device[];
  readonly executors: Executors;
  /** Throws TensorFlow's message when the last call through the status failed. */
  ok(): void;
  /** The same where the failure may be one of a function of before, which then is over. @param outcome default: the status */
  noticed(outcome?: number): void;
}

function load(library: string, options: LoadOptions): CApi {
  try {
    return loadCApi(library, options);
  } catch (error) {
    throw new InputError(`The TensorFlow library at ${library} cannot be loaded: ${(error as Error).message}`);
  }
}

/** @throws Error with the message of a status that is not TF_OK, 0 */
function check(c: CApi, status: number): void {
  if (c.TF_GetCode(status) !== 0) throw new Error(`TensorFlow: ${String(c.TF_Message(status))}`);
}

/**
 * A TFE_Context whose thread pools have so many threads each.
 * Source: ConfigProto in tensorflow/core/protobuf/config.proto, handed over in protobuf's wire format.
 */
function newContext(c: CApi, status: number, threads: number): number {
  // ConfigProto: intra_op_parallelism_threads = 2, inter_op_parallelism_threads = 5.
  const config = Buffer.concat([integerField(2, threads), integerField(5, threads)]);
  const options = c.TFE_NewContextOptions();
  c.TFE_ContextOptionsSetConfig(options, config, config.byteLength, status);
  const context = c.TFE_NewContext(options, status);
  c.TFE_DeleteContextOptions(options);
  check(c, status);
  return context;
}

function listDevices(c: CApi, status: number, context: number): Device[] {
  const list = c.TFE_ContextListDevices(context, status);
  const devices = Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => ({
    type: String(c.TF_DeviceListType(list, i, status)),
    name: String(c.TF_DeviceListName(list, i, status)),
  }));
  c.TF_DeleteDeviceList(list);
  return devices;
}

/**
 * Loads TensorFlow and opens a context.
 * @param library path of libtensorflow_cc
 * @throws InputError if the library cannot be loaded
 */
export function openContext(library: string, options: ContextOptions): Context {
  const c = load(library, options);
  const status = c.TF_NewStatus();
  const handle = newContext(c, status, options.threads);
  const executors = openExecutors(c, handle);
  return {
    c,
    handle,
    status,
    devices: listDevices(c, status, handle),
    executors,
    ok: () => check(c, status),
    noticed(outcome = status) {
      if (c.TF_GetCode(outcome) !== 0) executors.clear();
      check(c, outcome);
    },
  };
}
