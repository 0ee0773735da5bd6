import fc from 'fast-check';
import { type Binding, type Graph, type HostValues, type OpAttribute, TYPES, type Value } from '../tensorflow/types';
import { castProduct, isProduct } from './products';
import { recorder, requireFunctionSize } from './recorder';

const { TF_FLOAT, TF_INT32, TF_BFLOAT16, TF_ATTR_TYPE, TF_ATTR_BOOL } = TYPES;
const type = (name: string, value: number): OpAttribute => ({ name, type: TF_ATTR_TYPE, value });

interface Added {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly Value[];
}

/** A graph that notes what is added to it; each result has the shape of the first input and the type that `DstT` or `T` says. */
function noted() {
  const added: Added[] = [];
  const value = (dtype: number, shape: readonly number[], operation: number): Value => ({
    source: { operation, index: 0 },
    dtype,
    shape,
  });
  const graph = {
    operation(op: string, attributes: readonly OpAttribute[], inputs: readonly Value[]) {
      const of = (name: string) => attributes.find((one) => one.name === name)?.value as number | undefined;
      const dtype = of('DstT') ?? of('T') ?? inputs[0]!.dtype;
      return [value(dtype, inputs[0]!.shape, added.push({ op, attributes, inputs }))];
    },
    constant: (id: number) => value(TF_FLOAT, [2], 1000 + id),
  } as unknown as Graph;
  return { graph, added, value };
}

/** A binding with tensors [2] of floats under every number from 0 on. */
const binding = {
  describe: (id: number) => ({ id, dtype: TF_FLOAT, shape: [2] }),
  tensorDataSync: () => Float32Array.of(1, 2) as HostValues,
  getNumOfTensors: () => 7,
} as unknown as Binding;

describe('recording', () => {
  it('gives results numbers of their own below -1, by which later ops find them', () => {
    const { graph, added, value } = noted();
    const { insert, valueOf, recording } = recorder(binding, graph);
    const input = insert(value(TF_INT32, [3], 5), 'input 0');
    const [first] = recording.executeOp('Neg', [type('T', TF_INT32)], [input.id], 1);
    const [second] = recording.executeOp('Add', [type('T', TF_INT32)], [first!.id, input.id], 1);
    expect([input, first!, second!].map(({ dtype, shape }) => [dtype, shape])).toEqual(
      Array.from({ length: 3 }, () => [TF_INT32, [3]]),
    );
    const ids = [input, first!, second!].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(Math.max(...ids)).toBeLessThan(-1);
    expect(added.map(({ op, inputs }) => [op, inputs.map(({ source }) => source.operation)])).toEqual([
      ['Neg', [5]],
      ['Add', [1, 5]],
    ]);
    expect(valueOf(second!.id).source.operation).toBe(2);
  });

  it('writes a captured tensor out once, however often it is used', () => {
    const { graph, added } = noted();
    const constant = jest.spyOn(graph, 'constant');
    const { recording } = recorder(binding, graph);
    for (let again = 0; again < 3; again++) recording.executeOp('Add', [type('T', TF_FLOAT)], [4, 6], 1);
    expect(constant.mock.calls).toEqual([[4], [6]]);
    expect(added.map(({ inputs }) => inputs.map(({ source }) => source.operation))).toEqual(
      Array.from({ length: 3 }, () => [1004, 1006]),
    );
  });

  it('hands out numbers that no other graph has', () => {
    const { graph, value } = noted();
    const ids = Array.from({ length: 3 }, () => recorder(binding, graph).insert(value(TF_FLOAT, [], 1), 'it').id);
    expect(new Set(ids).size).toBe(3);
  });

  it('leaves to the binding what needs no recording', () => {
    const { recording } = recorder(binding, noted().graph);
    expect(recording.getNumOfTensors()).toBe(7);
    expect(recording.describe(3)).toEqual({ id: 3, dtype: TF_FLOAT, shape: [2] });
  });

  it.each<[string, (made: ReturnType<typeof recorder>, value: Value) => unknown, string]>([
    [
      'the numbers of a result',
      ({ recording, insert }, value) => {
        const [result] = recording.executeOp('Neg', [], [insert(value, 'input 0').id], 1);
        return recording.tensorDataSync(result!.id);
      },
      'A compiled function read the result of Neg, of shape [3, 1], on the host; what depends on data must stay in tensors, or be an input.',
    ],
    [
      'the numbers of an input',
      ({ recording, insert }, value) => recording.tensorDataSync(insert(value, 'input 0').id),
      'A compiled function read input 0, of shape [3, 1], on the host; what depends on data must stay in tensors, or be an input.',
    ],
    [
      'the numbers of a captured tensor',
      ({ recording }) => recording.tensorDataSync(4),
      'A compiled function read a captured tensor, of shape [2], on the host; what depends on data must stay in tensors, or be an input.',
    ],
    [
      'a call of another function',
      ({ recording }) => recording.executeFunction('other', [], [], []),
      'A compiled function called another one: hand it the plain function, which becomes part of the trace.',
    ],
  ])('refuses %s', (_, ask, message) => {
    const { graph, value } = noted();
    expect(() => ask(recorder(binding, graph), value(TF_FLOAT, [3, 1], 1))).toThrow(
      expect.objectContaining({ exitCode: 2, message }),
    );
  });
});

it('a function holds up to 2³¹ − 1 bytes of captured numbers, which add up', () => {
  expect(() => requireFunctionSize(2 ** 31 - 1)).not.toThrow();
  expect(() => requireFunctionSize(2 ** 31)).toThrow(
    'A compiled function captured 2.1 GB of numbers, and it holds at most 2 GB: hand large tensors in as inputs.',
  );
  // Each of 300 MB: the eighth is one too many.
  const large = { ...binding, describe: (id: number) => ({ id, dtype: TF_FLOAT, shape: [75, 1000, 1000] }) };
  const numbers = { ...large, tensorDataSync: () => Float32Array.of(1, 2) };
  const { valueOf } = recorder(numbers, noted().graph);
  for (let id = 0; id < 7; id++) valueOf(id);
  expect(() => valueOf(7)).toThrow('captured 2.4 GB');
  expect(() => valueOf(3)).not.toThrow();
});

describe('products in bfloat16', () => {
  it.each([
    ['MatMul', TF_FLOAT, true],
    ['BatchMatMul', TF_FLOAT, true],
    ['BatchMatMulV2', TF_FLOAT, true],
    ['_FusedMatMul', TF_FLOAT, true],
    ['MatMul', TF_INT32, false],
    ['Mul', TF_FLOAT, false],
  ])('%s of type %i is one: %s', (op, dtype, expected) => {
    expect(isProduct(op, [{ name: 'adj_x', type: TF_ATTR_BOOL, value: false }, type('T', dtype)])).toBe(expected);
    expect(isProduct(op, [type('Tother', dtype)])).toBe(false);
  });

  it('cast every factor to bfloat16, and the result back', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), (count) => {
        const { graph, added, value } = noted();
        const factors = Array.from({ length: count }, (_, i) => value(TF_FLOAT, [i], 50 + i));
        const transposed = { name: 'transpose_a', type: TF_ATTR_BOOL, value: true };
        const [result] = castProduct(graph)('MatMul', [transposed, type('T', TF_FLOAT)], factors);
        const cast = (from: number, to: number) => [type('SrcT', from), type('DstT', to)];
        expect(added.map(({ op }) => op)).toEqual([...factors.map(() => 'Cast'), 'MatMul', 'Cast']);
        added.slice(0, count).forEach(({ attributes, inputs }, i) => {
          expect(attributes).toEqual(cast(TF_FLOAT, TF_BFLOAT16));
          expect(inputs).toEqual([factors[i]]);
        });
        expect(added[count]!.attributes).toEqual([transposed, type('T', TF_BFLOAT16)]);
        expect(added[count]!.inputs.map(({ dtype }) => dtype)).toEqual(factors.map(() => TF_BFLOAT16));
        expect(added[count + 1]!.attributes).toEqual(cast(TF_BFLOAT16, TF_FLOAT));
        expect(result!.dtype).toBe(TF_FLOAT);
      }),
    ));

  it('are recorded only where they are asked for, and for products alone', () => {
    for (const castProducts of [true, false]) {
      const { graph, added, value } = noted();
      const { recording, insert } = recorder(binding, graph, { castProducts });
      const { id } = insert(value(TF_FLOAT, [2, 2], 1), 'input 0');
      recording.executeOp('MatMul', [type('T', TF_FLOAT)], [id, id], 1);
      recording.executeOp('Add', [type('T', TF_FLOAT)], [id, id], 1);
      const casts = castProducts ? ['Cast', 'Cast', 'MatMul', 'Cast'] : ['MatMul'];
      expect(added.map(({ op }) => op)).toEqual([...casts, 'Add']);
    }
  });
});
