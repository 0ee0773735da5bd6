import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors';
import { reasonIn, run } from './run';

/** What a working native engine says of itself. */
export interface Verified {
  readonly version: string;
  readonly devices: readonly string[];
}

/** The program that opens an engine and multiplies two matrices, with Node's options for it: built or as source. */
function verifier(): { args: string[]; cwd: string } {
  const own = fileURLToPath(import.meta.url);
  const [cwd, ending] = [dirname(own), extname(own)];
  return ending === '.ts'
    ? { args: ['--conditions=@idlm/source', '--import', 'tsx', join(cwd, '..', 'main.ts')], cwd }
    : { args: [join(cwd, `main${ending}`)], cwd };
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
  const { args, cwd } = verifier();
  const paths = [parts.library, parts.kernels, ...(parts.cuda ? [parts.cuda] : [])].map((path) => resolve(path));
  const { code, stdout, stderr } = await run(process.execPath, [...args, ...paths], { cwd });
  if (code === 0) return JSON.parse(stdout.trim().split('\n').at(-1)!) as Verified;
  const signal = /ended by (\w+)$/.exec(stderr)?.[1];
  const reason = signal ? (SIGNALS[signal] ?? `it ended by ${signal}`) : reasonIn(stderr);
  throw new InputError(`The native engine was fetched but does not work here (${reason}); use the wasm engine.`);
}
