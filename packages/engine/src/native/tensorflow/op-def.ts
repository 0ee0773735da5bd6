import type { CApi } from './c-api';
import type { Context } from './context';
import { type Field, fieldsOf } from './protobuf';

/** An argument of an op. */
export interface Argument {
  /** The attribute that says how many tensors it is a list of; absent for a single one. */
  readonly count?: string;
}

// Field numbers of OpDef and OpDef.ArgDef (tensorflow/core/framework/op_def.proto).
const INPUT_ARG = 2;
const NUMBER_ATTR = 5;

const textOf = (fields: readonly Field[], number: number): string | undefined =>
  fields.find((field) => field.number === number)?.bytes.toString();

/** The bytes of a TF_Buffer, which begins with their address and number. */
function contentOf(c: CApi, buffer: number): Uint8Array {
  const [head, all] = [new BigUint64Array(2), 16];
  c.copyOut(head, buffer, all);
  const bytes = new Uint8Array(Number(head[1]));
  c.copyOut(bytes, Number(head[0]), bytes.byteLength);
  return bytes;
}

const known = new Map<string, readonly Argument[]>();

/**
 * The arguments that an op takes, from TensorFlow's registry: in graphs, unlike op by op, lists are handed over as such. What was asked
 * once is remembered for the process.
 * @param graph any TF_Graph, through which the C API looks ops up
 * @param op its name, such as `ConcatV2`
 * @throws Error for an op that is not registered
 */
export function opArguments({ c, status, ok }: Context, graph: number, op: string): readonly Argument[] {
  const found = known.get(op);
  if (found) return found;
  const buffer = c.TF_NewBuffer();
  c.TF_GraphGetOpDef(graph, op, buffer, status);
  ok();
  const definition = contentOf(c, buffer);
  c.TF_DeleteBuffer(buffer);
  const taken = fieldsOf(definition)
    .filter(({ number }) => number === INPUT_ARG)
    .map(({ bytes }) => ({ count: textOf(fieldsOf(bytes), NUMBER_ATTR) }));
  known.set(op, taken);
  return taken;
}
