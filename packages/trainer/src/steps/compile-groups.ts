import type { Engine } from '@idlm/engine';
import { type Layout, type TensorGroups, layoutOf, pack, unpack } from '../networks/tensor-groups';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A function of groups of tensors, compiled by an engine. The caller owns the results. */
export interface CompiledGroups {
  (inputs: TensorGroups): Record<string, Record<string, Tensor>>;
  dispose(): void;
}

type Fn = (inputs: Record<string, Record<string, Tensor>>) => TensorGroups;

/** One compiled function for one set of names. */
function compileLayout(engine: Engine, fn: Fn, taken: Layout): CompiledGroups {
  let given: Layout = [];
  const compiled = engine.compile((list) => {
    const results = fn(unpack(list, taken));
    given = layoutOf(results);
    return pack(results, given);
  });
  const call = (inputs: TensorGroups) => unpack(compiled(pack(inputs, taken)), given);
  return Object.assign(call, { dispose: () => compiled.dispose() });
}

/**
 * `engine.compile` for functions that take and give named groups of tensors. Shapes may change from call to call, and so
 * may names: a curriculum that ends leaves other feeds.
 */
export function compileGroups(engine: Engine, fn: Fn): CompiledGroups {
  const compiled = new Map<string, CompiledGroups>();
  const call = (inputs: TensorGroups) => {
    const layout = layoutOf(inputs);
    const key = JSON.stringify(layout);
    let found = compiled.get(key);
    if (!found) compiled.set(key, (found = compileLayout(engine, fn, layout)));
    return found(inputs);
  };
  return Object.assign(call, { dispose: () => compiled.forEach((one) => one.dispose()) });
}
