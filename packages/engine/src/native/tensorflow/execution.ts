import { attributeSetter } from './attributes';
import type { Context } from './context';
import { type Handles, metadataOf } from './tensors';
import type { Execution, OpAttribute } from './types';

/**
 * Runs ops of a context; gives the TFE_TensorHandles of their results, as many as there are up to `outputs`.
 * The memory for results is kept from call to call, since a training step runs thousands of ops.
 * @throws Error in TensorFlow's words, also those of a function before that nobody read
 */
function executor({ c, handle, status, ok, noticed }: Context, handles: Handles) {
  const setAttribute = attributeSetter(c, 'TFE_OpSetAttr', status);
  const count = new Int32Array(1);
  let results = new BigUint64Array(16);
  return (name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): number[] => {
    const op = c.TFE_NewOp(handle, name, status);
    ok();
    try {
      for (const id of inputs) c.TFE_OpAddInput(op, handles.get(id), status);
      for (const attribute of attributes) setAttribute(op, attribute);
      ok();
      if (results.length < outputs) results = new BigUint64Array(outputs);
      count[0] = outputs;
      c.TFE_Execute(op, results, count, status);
      noticed();
      return Array.from({ length: count[0] }, (_, i) => Number(results[i]));
    } finally {
      c.TFE_DeleteOp(op);
    }
  };
}

/**
 * Running ops at once, and functions on threads of TensorFlow's. Shapes of a function's results are known from its trace: asking
 * TensorFlow would wait for them.
 */
export function execution(context: Context, handles: Handles): Execution {
  const execute = executor(context, handles);
  return {
    executeOp: (name, attributes, inputs, outputs) =>
      execute(name, attributes, inputs, outputs).map((handle) => metadataOf(context, handles.insert(handle), handle)),
    executeFunction(name, attributes, inputs, expected) {
      const started = context.executors.later(() => execute(name, attributes, inputs, expected.length));
      return expected.map(({ dtype, shape }, i) => ({ id: handles.insert(started[i]!), dtype, shape: [...shape] }));
    },
  };
}
