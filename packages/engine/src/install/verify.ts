import { resolve } from 'node:path';
import { packageProgram } from '@idlm/core-diffusion/node';
import { InputError } from '../errors';
import { reasonIn, run } from './run';

/** What a working native engine says of itself. */
export interface Verified {
  readonly version: string;
  readonly devices: readonly string[];
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGILL: 'this processor lacks instructions that TensorFlow needs (AVX)',
  SIGKILL: 'the system ended it, perhaps for lack of memory',
};

/**
 * Opens a native engine in a process of its own, so that a library that crashes ends only that one.
 * @throws InputError if it does not multiply two matrices
 */
export async function verifyNative(parts: { library: string; kernels: string; cuda?: string }): Promise<Verified> {
  const { args, cwd } = packageProgram(import.meta.url, '..');
  const paths = [parts.library, parts.kernels, ...(parts.cuda ? [parts.cuda] : [])].map((path) => resolve(path));
  const { code, stdout, stderr } = await run(process.execPath, [...args, ...paths], { cwd });
  if (code === 0) return JSON.parse(stdout.trim().split('\n').at(-1)!) as Verified;
  const signal = /ended by (\w+)$/.exec(stderr)?.[1];
  const reason = signal ? (SIGNALS[signal] ?? `it ended by ${signal}`) : reasonIn(stderr);
  throw new InputError(`The native engine does not work here (${reason}); use the wasm engine.`);
}
