import type { Compile, CompileOptions } from './compile';
import { type Structure, structureOf, pack, unpack } from './tensors/named';

/** A compiled function of tensors by name. */
export interface CompiledNamed<Inputs extends object, Results extends object> {
  /** The caller owns the results. */
  run(inputs: Inputs): Results;
  /** Frees what compiling keeps. */
  dispose(): void;
  /** Calls worth having under way at the same time. */
  readonly atOnce: number;
}

/** One compiled function, for the names that it is first called with. */
function compileOnce(compile: Compile, fn: (inputs: never) => object, options?: CompileOptions) {
  let [taken, given]: [Structure, Structure] = [[], []];
  const compiled = compile((list) => {
    const results = fn(unpack<never>(list, taken));
    given = structureOf(results);
    return pack(results, given);
  }, options);
  const run = (inputs: object, structure: Structure) => {
    taken = structure;
    return unpack(compiled(pack(inputs, taken)), given);
  };
  return { run, dispose: () => compiled.dispose(), atOnce: compiled.atOnce };
}

/**
 * `compile` of an engine, which takes and gives lists, for functions that take and give tensors by name, and groups of such.
 * Shapes may change from call to call, and so may names: a curriculum that ends leaves other feeds.
 * @param fn pure; every tensor that it reads is in its inputs
 */
export function compileNamed<Inputs extends object, Results extends object>(
  compile: Compile,
  fn: (inputs: Inputs) => Results,
  options?: CompileOptions,
): CompiledNamed<Inputs, Results> {
  const first = compileOnce(compile, fn, options);
  const byNames = new Map<string, typeof first>();
  return {
    atOnce: first.atOnce,
    run(inputs) {
      const structure = structureOf(inputs);
      const key = JSON.stringify(structure);
      let found = byNames.get(key);
      if (!found) byNames.set(key, (found = byNames.size ? compileOnce(compile, fn, options) : first));
      return found.run(inputs, structure) as Results;
    },
    dispose() {
      first.dispose();
      for (const one of byNames.values()) if (one !== first) one.dispose();
    },
  };
}
