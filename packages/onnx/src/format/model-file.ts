import { PbfWriter } from 'pbf';
import { METADATA } from './metadata';
import { TENSOR_TYPE, type TensorType } from './tensor-type';

/** A constant of a graph. */
export interface Initializer {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  /** Its numbers, little-endian, in row-major order; asked for once, when the file is written. */
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
}

/** What an operation is told beside its inputs: whole numbers, lists of them, text, or `{ float }`. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** An operation of a graph. */
export interface GraphNode {
  readonly operator: string;
  readonly name: string;
  /** Names of values; '' where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A value that enters or leaves a graph; a name among its dimensions stands for any size. */
export interface GraphValue {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly (number | string)[];
}

/** What a file holds. */
export interface OnnxModel {
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Version of ONNX's own operators. */
  readonly opset: 21 | 23;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where the bytes of an initializer are: in the model's file, or in another beside it. */
export type Stored =
  { readonly bytes: Uint8Array } | { readonly file: string; readonly offset: number; readonly length: number };

/** Version of the file format that came with an opset. */
const IR_VERSION = { 21: 10, 23: 11 } as const;

type Pair = readonly [key: string, value: string];

function writePair([key, value]: Pair, pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

/** A text by its name, to stand behind all else of a file: fields of protobuf have no order. */
export function metadataField(name: string, value: string): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(METADATA, writePair, [name, value] as const);
  return pbf.finish();
}

/** `AttributeProto`; its last field says which of the values counts. */
function writeAttribute([name, value]: readonly [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (typeof value === 'number') {
    pbf.writeVarintField(3, value);
    pbf.writeVarintField(20, 2);
  } else if (typeof value === 'string') {
    pbf.writeStringField(4, value);
    pbf.writeVarintField(20, 3);
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1);
  } else {
    for (const one of value) pbf.writeVarintField(8, one);
    pbf.writeVarintField(20, 7);
  }
}

/** `NodeProto`. */
function writeNode({ operator, name, inputs, outputs, attributes }: GraphNode, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, name);
  pbf.writeStringField(4, operator);
  for (const attribute of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, attribute);
}

/** `TensorProto`, with its bytes or with where they are. */
function writeTensor([{ name, type, dims }, stored]: readonly [Initializer, Stored], pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, TENSOR_TYPE[type]);
  pbf.writeStringField(8, name);
  if ('bytes' in stored) return pbf.writeBytesField(9, stored.bytes);
  const { file, offset, length } = stored;
  const place = { location: file, offset: String(offset), length: String(length) };
  for (const pair of Object.entries(place)) pbf.writeMessage(13, writePair, pair);
  pbf.writeVarintField(14, 1);
}

function writeDimension(dim: number | string, pbf: PbfWriter): void {
  if (typeof dim === 'number') pbf.writeVarintField(1, dim);
  else pbf.writeStringField(2, dim);
}

/** `ValueInfoProto` of a tensor. */
function writeValue({ name, type, dims }: GraphValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  const writeShape = (_: null, shape: PbfWriter) => {
    for (const dim of dims) shape.writeMessage(1, writeDimension, dim);
  };
  const writeTensorType = (_: null, tensor: PbfWriter) => {
    tensor.writeVarintField(1, TENSOR_TYPE[type]);
    tensor.writeMessage(2, writeShape, null);
  };
  pbf.writeMessage(2, (_: null, typed: PbfWriter) => typed.writeMessage(1, writeTensorType, null), null);
}

/**
 * The bytes of an ONNX file.
 * @param stored where the bytes of each initializer are, in their order
 * Source: onnx.proto of ONNX 1.18.
 */
export function modelFile(model: OnnxModel, stored: readonly Stored[]): Uint8Array {
  const { nodes, initializers, inputs, outputs, opset, metadata } = model;
  // Room for the weights at once: the writer would double what it has, and copy it, again and again.
  const weights = stored.reduce((sum, one) => sum + ('bytes' in one ? one.bytes.byteLength : 0), 0);
  const pbf = new PbfWriter(new Uint8Array(weights + 2 ** 16));
  pbf.writeVarintField(1, IR_VERSION[opset]);
  pbf.writeStringField(2, 'idlm');
  // Before the graph, so that a reader of the metadata reads the beginning of the file alone.
  for (const pair of Object.entries(metadata)) pbf.writeMessage(METADATA, writePair, pair);
  const writeOpset = (version: number, set: PbfWriter) => {
    set.writeStringField(1, '');
    set.writeVarintField(2, version);
  };
  pbf.writeMessage(8, writeOpset, opset);
  const writeGraph = (_: null, graph: PbfWriter) => {
    for (const node of nodes) graph.writeMessage(1, writeNode, node);
    graph.writeStringField(2, 'denoiser');
    initializers.forEach((one, i) => graph.writeMessage(5, writeTensor, [one, stored[i]!] as const));
    for (const input of inputs) graph.writeMessage(11, writeValue, input);
    for (const output of outputs) graph.writeMessage(12, writeValue, output);
  };
  pbf.writeMessage(7, writeGraph, null);
  return pbf.finish();
}
