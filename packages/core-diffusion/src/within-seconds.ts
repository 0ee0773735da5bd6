import { InputError } from './errors';

/** What is used of Node's module, whose types browsers have not. */
interface NodeVm {
  createContext(given: object): object;
  readonly Script: new (code: string) => {
    runInContext(context: object, options: { readonly timeout: number }): unknown;
  };
}

/** Node's own means to stop what runs, with a place to hand it over. */
function openStop() {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const vm = process?.getBuiltinModule?.('node:vm') as NodeVm | undefined;
  if (!vm) return undefined;
  const given: { run?: () => unknown } = {};
  return { given, context: vm.createContext(given), script: new vm.Script('run()') };
}

let stop: ReturnType<typeof openStop>;

/**
 * Runs what may never end, such as a regular expression of a file from elsewhere, which nothing else in the process can interrupt. It costs some
 * hundredths of a millisecond, so that it goes around a whole text or list. Where there is no Node, it runs as long as it runs.
 * @param seconds above 0
 * @param sentence what is said where it takes longer
 * @throws InputError with the sentence; what `run` throws
 */
export function withinSeconds<Result>(seconds: number, run: () => Result, sentence: () => string): Result {
  const { given, context, script } = (stop ??= openStop()) ?? {};
  if (!script) return run();
  given!.run = run;
  try {
    return script.runInContext(context!, { timeout: Math.ceil(1000 * seconds) }) as Result;
  } catch (error) {
    if ((error as { readonly code?: unknown } | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new InputError(sentence());
  } finally {
    given!.run = undefined;
  }
}
