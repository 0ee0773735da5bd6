import { type ContextOptions, openContext } from './context';
import { execution } from './execution';
import { openGraph } from './graph';
import { openHandles, tensorTable } from './tensors';
import { type Binding, TYPES } from './types';

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
  const [context, handles] = [openContext(library, options), openHandles()];
  const { c, devices, status, ok } = context;
  return {
    binding: {
      ...TYPES,
      ...tensorTable(context, handles),
      ...execution(context, handles),
      isUsingGpuDevice: () => devices.some(({ type }) => type === 'GPU'),
      openGraph: () => openGraph(context, handles),
      removeFunction(name) {
        c.TFE_ContextRemoveFunction(context.handle, name, status);
        ok();
      },
    },
    version: String(c.TF_Version()),
    // TensorFlow is built with oneDNN on Linux.
    oneDnn: process.platform === 'linux' && c.environment('TF_ENABLE_ONEDNN_OPTS') !== '0',
    devices: devices.map(({ type, name }) => (type === 'GPU' ? name : type)),
  };
}
