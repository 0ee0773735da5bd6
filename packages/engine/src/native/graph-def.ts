import { bytesField, floatField, integerField } from './protobuf';
import { type HostValues, type OpAttribute, TYPES } from './types';

/** TensorShapeProto. */
const shapeProto = (shape: readonly number[]): Buffer =>
  Buffer.concat(shape.map((size) => bytesField(2, integerField(1, size))));

/** TensorProto with its content as bytes. */
function tensorProto(shape: readonly number[], dtype: number, values: HostValues): Buffer {
  const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([integerField(1, dtype), bytesField(2, shapeProto(shape)), bytesField(4, content)]);
}

/** AttrValue of an op's attribute. */
function attributeValue({ name, type, value }: OpAttribute): Buffer {
  const list = (encode: (entry: number) => Buffer) => bytesField(1, Buffer.concat((value as number[]).map(encode)));
  switch (type) {
    case TYPES.TF_ATTR_STRING:
      return bytesField(2, value as string);
    case TYPES.TF_ATTR_INT:
      return Array.isArray(value) ? list((entry) => integerField(3, entry)) : integerField(3, value as number);
    case TYPES.TF_ATTR_FLOAT:
      return Array.isArray(value) ? list((entry) => floatField(4, entry)) : floatField(4, value as number);
    case TYPES.TF_ATTR_BOOL:
      return integerField(5, value ? 1 : 0);
    case TYPES.TF_ATTR_TYPE:
      return integerField(6, value as number);
    case TYPES.TF_ATTR_SHAPE:
      return bytesField(7, shapeProto(value as number[]));
    default:
      throw new Error(`attribute ${name} has the unknown type ${type}`);
  }
}

const entry = (name: string, value: Buffer): Buffer =>
  bytesField(5, Buffer.concat([bytesField(1, name), bytesField(2, value)]));

function node(name: string, op: string, inputs: readonly string[], attributes: readonly Buffer[]): Buffer {
  return bytesField(
    1,
    Buffer.concat([
      bytesField(1, name),
      bytesField(2, op),
      ...inputs.map((input) => bytesField(3, input)),
      ...attributes,
    ]),
  );
}

/** NodeDef of an op whose inputs are named `node:index`. */
export const opNode = (
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: readonly OpAttribute[],
): Buffer =>
  node(
    name,
    op,
    inputs,
    attributes.map((attribute) => entry(attribute.name, attributeValue(attribute))),
  );

/** NodeDef of a function argument. */
export const placeholderNode = (name: string, dtype: number, shape: readonly number[]): Buffer =>
  node(
    name,
    'Placeholder',
    [],
    [entry('dtype', integerField(6, dtype)), entry('shape', bytesField(7, shapeProto(shape)))],
  );

/** NodeDef of a constant. */
export const constantNode = (name: string, dtype: number, shape: readonly number[], values: HostValues): Buffer =>
  node(
    name,
    'Const',
    [],
    [entry('dtype', integerField(6, dtype)), entry('value', bytesField(8, tensorProto(shape, dtype, values)))],
  );

/** NodeDef that passes a value on: a function may return neither an argument nor one value twice. */
export const identityNode = (name: string, input: string, dtype: number): Buffer =>
  node(name, 'Identity', [input], [entry('T', integerField(6, dtype))]);
