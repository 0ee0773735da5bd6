import type { Engine, EngineName } from './engine';
import { InputError, isInputError } from './errors';
import { registerGradients } from './gradients/register';
import { type NativeParts, findNative, isInstalled } from './install/locations';
import { type EngineOptions, checkOptions } from './options';

// Each engine is loaded when it is opened: what another one needs may not even be installed.
const openWasm = async (reason?: string): Promise<Engine> => (await import('./wasm/open-wasm')).openWasm({ reason });
const openCpu = async (): Promise<Engine> => (await import('./cpu/open-cpu')).openCpu();

async function openNative(parts: NativeParts, options: EngineOptions, reason?: string): Promise<Engine> {
  const native = await import('./native/open-native').catch((error: Error) => {
    throw new InputError(
      `koffi, which binds the native engine, cannot be loaded (${error.message}): install @idlm/engine again, or choose wasm.`,
    );
  });
  const { compile, precision, threads, freedMemory } = options;
  return native.openNative({ parts, reason, compile, precision, threads, freedMemory });
}

/** The native engine, or WASM with the reason where it is there but cannot be opened. */
async function openBest(parts: NativeParts, options: EngineOptions): Promise<Engine> {
  try {
    return await openNative(parts, options, `native, the fastest, is ${parts.origin}`);
  } catch (error) {
    // Who asks for a precision wants to know why it cannot be had.
    if (!isInputError(error) || !computesPlainly(options)) throw error;
    return openWasm(`native is present but cannot be opened: ${error.message}`);
  }
}

const computesPlainly = ({ precision = 'float32' }: EngineOptions): boolean => precision === 'float32';

function requirePlainPrecision(options: EngineOptions): void {
  if (computesPlainly(options)) return;
  throw new InputError(
    `The precision ${options.precision} is for the native engine, which was not chosen or is not installed: choose float32, or run "idlm engine install".`,
  );
}

/**
 * The engine that `openEngine` opens by these options, as far as is told without opening one: native may be there and not open.
 * @throws InputError as `openEngine`, but for what only opening shows
 */
export function engineAtHand(options: Pick<EngineOptions, 'prefer' | 'precision'> = {}): EngineName {
  checkOptions(options);
  const { prefer = 'auto' } = options;
  const isWanted = prefer === 'native' || prefer === 'auto';
  if (isWanted && isInstalled()) return 'native';
  if (prefer === 'native')
    throw new InputError('The native engine is not installed: run "idlm engine install", or choose wasm.');
  requirePlainPrecision(options);
  return prefer === 'auto' ? 'wasm' : prefer;
}

/**
 * Opens a TensorFlow.js backend and selects it: native libtensorflow where it is present (GPU, then CPU), else WASM.
 * @throws InputError if a certain engine or precision is asked for and cannot be had, and for options that there are not
 * @example
 * ```ts
 * import { openEngine } from '@idlm/engine';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const engine = await openEngine({ prefer: 'wasm' }); // without options the fastest that is installed
 * const double = engine.compile(([x]) => [tf.mul(x!, 2)]);
 * console.log(engine.name, double([tf.scalar(21)])[0]!.dataSync()[0]); // → wasm 42
 * ```
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { prefer = 'auto' } = options;
  await registerGradients();
  const name = engineAtHand(options);
  if (name === 'cpu') return openCpu();
  if (name === 'wasm')
    return openWasm(prefer === 'auto' ? 'native is not installed; "idlm engine install" would bring it' : undefined);
  const parts = findNative()!;
  return prefer === 'auto' ? openBest(parts, options) : openNative(parts, options);
}
