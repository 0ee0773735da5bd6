import type { Engine } from '@idlm/engine';
import { type Layout, type TensorGroups, layoutOf, pack, unpack } from '../networks/tensor-groups';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A function of groups of tensors, compiled by an engine. The caller owns the results. */
export interface CompiledGroups {
  (inputs: TensorGroups): Record<string, Record<string, Tensor>>;
  dispose(): void;
}

/**
 * `engine.compile` for functions that take and give named groups of tensors. Names are those of the first call; shapes
 * may change.
 */
export function compileGroups(
  engine: Engine,
  fn: (inputs: Record<string, Record<string, Tensor>>) => TensorGroups,
): CompiledGroups {
  let [taken, given]: [Layout, Layout] = [[], []];
  const compiled = engine.compile((list) => {
    const results = fn(unpack(list, taken));
    given = layoutOf(results);
    return pack(results, given);
  });
  const call = (inputs: TensorGroups) => {
    if (taken.length === 0) taken = layoutOf(inputs);
    return unpack(compiled(pack(inputs, taken)), given);
  };
  return Object.assign(call, { dispose: () => compiled.dispose() });
}
