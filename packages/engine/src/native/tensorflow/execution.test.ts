import { describeNative, nativeBackend } from '../../../test/native';
import { type Binding, type OpAttribute, TYPES, type TensorMetadata } from './types';

const { TF_FLOAT, TF_INT32, TF_ATTR_TYPE, TF_ATTR_INT } = TYPES;
const type = (name: string, value: number): OpAttribute => ({ name, type: TF_ATTR_TYPE, value });
const FLOATS = [type('T', TF_FLOAT)];

describeNative('running ops and functions', () => {
  let binding: Binding;
  let before: number;
  const held: number[] = [];
  beforeAll(async () => ({ binding } = await nativeBackend()));
  beforeEach(() => (before = binding.getNumOfTensors()));
  afterEach(() => {
    held.splice(0).forEach((id) => binding.deleteTensor(id));
    expect(binding.getNumOfTensors()).toBe(before);
  });

  /** Notes tensors to be deleted after the test. */
  const hold = (...tensors: TensorMetadata[]): number[] => {
    held.push(...tensors.map(({ id }) => id));
    return tensors.map(({ id }) => id);
  };
  const floats = (shape: number[], ...values: number[]): number =>
    hold({ id: binding.createTensor(shape, TF_FLOAT, Float32Array.from(values)), dtype: TF_FLOAT, shape })[0]!;
  const whole = (value: number): number =>
    hold({ id: binding.createTensor([], TF_INT32, Int32Array.of(value)), dtype: TF_INT32, shape: [] })[0]!;
  const numbers = (ids: readonly number[]) => ids.map((id) => [...binding.tensorDataSync(id)]);

  it('gives each result of an op with its type and shape', () => {
    const x = floats([2, 3], 3, 1, 2, 4, 6, 5);
    const results = binding.executeOp('TopKV2', [...FLOATS], [x, whole(2)], 2);
    expect(results.map(({ dtype, shape }) => [dtype, shape])).toEqual([
      [TF_FLOAT, [2, 2]],
      [TF_INT32, [2, 2]],
    ]);
    expect(numbers(hold(...results))).toEqual([
      [3, 2, 6, 5],
      [0, 2, 1, 2],
    ]);
  });

  it('gives as many results as there are, more than one is used to', () => {
    const count = 40;
    const x = floats([count], ...Array.from({ length: count }, (_, i) => i));
    const attributes = [
      ...FLOATS,
      { name: 'num', type: TF_ATTR_INT, value: count },
      { name: 'axis', type: TF_ATTR_INT, value: 0 },
    ];
    expect(numbers(hold(...binding.executeOp('Unpack', attributes, [x], count))).flat()).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
  });

  it.each<[string, string, ('float' | 'int')[], RegExp]>([
    ['does not exist', 'NoSuchOp', [], /^TensorFlow: .*NoSuchOp/s],
    ['takes other shapes', 'MatMul', ['float', 'float'], /^TensorFlow: .*Matrix size-incompatible/s],
    ['takes tensors of one type', 'AddV2', ['float', 'int'], /^TensorFlow: .*int32/s],
    ['takes more tensors', 'AddV2', ['float'], /^TensorFlow: .*[Ii]nputs?/s],
  ])('refuses an op that %s, keeps no tensor, and goes on', (_, op, kinds, message) => {
    const x = floats([2, 3], 1, 2, 3, 4, 5, 6);
    const given = kinds.map((kind) => (kind === 'float' ? x : whole(1)));
    expect(() => binding.executeOp(op, FLOATS, given, 1)).toThrow(message);
    expect(numbers(hold(...binding.executeOp('Neg', FLOATS, [x], 1)))).toEqual([[-1, -2, -3, -4, -5, -6]]);
  });

  /** Registers x [2] ↦ (x, x gathered at an index beyond it): the first result is good, the second fails when it runs. */
  function registerFailing(name: string): TensorMetadata[] {
    const graph = binding.openGraph();
    const x = graph.argument(TF_FLOAT, [2]);
    const [stray, axis] = [graph.constant(whole(7)), graph.constant(whole(0))];
    const attributes = [type('Tparams', TF_FLOAT), type('Tindices', TF_INT32), type('Taxis', TF_INT32)];
    const [taken] = graph.operation('GatherV2', attributes, [x, stray, axis]);
    graph.register(name, [x], [x, taken!]);
    graph.dispose();
    return [x, taken!].map(({ dtype, shape }) => ({ id: 0, dtype, shape: [...shape] }));
  }

  it('a function that fails is told of by whoever reads, in either way, and what follows runs', async () => {
    const [x, name] = [floats([2], 1, 2), 'test_failing'];
    const expected = registerFailing(name);
    const stray = /TensorFlow: .*indices = 7 is not in \[0, 2\)/s;
    expect(() => binding.tensorDataSync(hold(...binding.executeFunction(name, [], [x], expected))[1]!)).toThrow(stray);
    await expect(binding.tensorData(hold(...binding.executeFunction(name, [], [x], expected))[1]!)).rejects.toThrow(
      stray,
    );
    expect(numbers(hold(...binding.executeOp('Square', FLOATS, [x], 1)))).toEqual([[1, 4]]);
    binding.removeFunction(name);
  });

  it('says at once of a function that is not there', () => {
    const x = floats([1], 1);
    expect(() => binding.executeFunction('no_such_function', [], [x], [{ dtype: TF_FLOAT, shape: [1] }])).toThrow(
      /^TensorFlow: .*no_such_function/s,
    );
  });

  it('hands out shapes that nobody else changes', () => {
    const graph = binding.openGraph();
    const x = graph.argument(TF_FLOAT, [2]);
    graph.register('test_shapes', [x], [x]);
    graph.dispose();
    const expected = [{ dtype: TF_FLOAT, shape: [2] }];
    const [result] = binding.executeFunction('test_shapes', [], [floats([2], 1, 2)], expected);
    hold(result!);
    result!.shape[0] = 9;
    expect(expected[0]!.shape).toEqual([2]);
    binding.removeFunction('test_shapes');
  });
});
