import { describeNative, nativeBackend } from '../../../test/native';
import { type Binding, type Graph, type HostValues, type OpAttribute, TYPES, type Value } from './types';

const { TF_FLOAT, TF_INT32, TF_BOOL, TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_BOOL } = TYPES;
const type = (name: string, value: number): OpAttribute => ({ name, type: TF_ATTR_TYPE, value });
const whole = (name: string, value: number | number[]): OpAttribute => ({ name, type: TF_ATTR_INT, value });
const FLOATS = [type('T', TF_FLOAT)];

describeNative('a graph', () => {
  let binding: Binding;
  let graph: Graph;
  let before: number;
  beforeAll(async () => ({ binding } = await nativeBackend()));
  beforeEach(() => {
    before = binding.getNumOfTensors();
    graph = binding.openGraph();
  });
  afterEach(() => {
    graph.dispose();
    expect(binding.getNumOfTensors()).toBe(before);
  });

  const described = (values: readonly Value[]) => values.map(({ dtype, shape }) => [dtype, shape]);
  const constant = (shape: number[], dtype: number, values: HostValues): Value => {
    const id = binding.createTensor(shape, dtype, values);
    try {
      return graph.constant(id);
    } finally {
      binding.deleteTensor(id);
    }
  };
  const axis = (value: number) => constant([], TF_INT32, Int32Array.of(value));

  /** The numbers of a registered function's results. */
  function resultsOf(name: string, inputs: [shape: number[], values: Float32Array][], outputs: readonly Value[]) {
    const given = inputs.map(([shape, values]) => binding.createTensor(shape, TF_FLOAT, values));
    const expected = outputs.map(({ dtype, shape }) => ({ dtype, shape: [...shape] }));
    const results = binding.executeFunction(name, [], given, expected);
    const numbers = results.map(({ id }) => Array.from(binding.tensorDataSync(id), Number));
    [...given, ...results.map(({ id }) => id)].forEach((id) => binding.deleteTensor(id));
    return numbers;
  }

  it.each([
    [TF_FLOAT, []],
    [TF_INT32, [0]],
    [TF_BOOL, [2, 0, 3]],
    [TF_FLOAT, [1, 2, 3, 4, 5, 6]],
  ])('has arguments of type %i and shape %j', (dtype, shape) =>
    expect(described([graph.argument(dtype, shape)])).toEqual([[dtype, shape]]),
  );

  it('knows types and shapes of results without computing them', () => {
    const [x, y] = [graph.argument(TF_FLOAT, [5, 2, 3]), graph.argument(TF_FLOAT, [3, 4])];
    const product = graph.operation(
      'BatchMatMulV2',
      [...FLOATS, { name: 'adj_x', type: TF_ATTR_BOOL, value: false }],
      [x, y],
    );
    expect(described(product)).toEqual([[TF_FLOAT, [5, 2, 4]]]);
    expect(described(graph.operation('Greater', FLOATS, [x, x]))).toEqual([[TF_BOOL, [5, 2, 3]]]);
    expect(described(graph.operation('ArgMax', [...FLOATS, type('output_type', TF_INT32)], [x, axis(1)]))).toEqual([
      [TF_INT32, [5, 3]],
    ]);
  });

  it('has operations of several results, and of lists', () => {
    const x = graph.argument(TF_FLOAT, [4, 6]);
    const pieces = graph.operation('Split', [whole('num_split', 3), ...FLOATS], [axis(1), x]);
    expect(described(pieces)).toEqual(pieces.map(() => [TF_FLOAT, [4, 2]]));
    expect(pieces).toHaveLength(3);
    const joined = graph.operation(
      'ConcatV2',
      [whole('N', 3), ...FLOATS, type('Tidx', TF_INT32)],
      [...pieces, axis(0)],
    );
    expect(described(joined)).toEqual([[TF_FLOAT, [12, 2]]]);
    expect(described(graph.operation('Pack', [whole('N', 1), ...FLOATS, whole('axis', 0)], [x]))).toEqual([
      [TF_FLOAT, [1, 4, 6]],
    ]);
    expect(
      described(
        graph.operation('TopKV2', [...FLOATS, { name: 'sorted', type: TF_ATTR_BOOL, value: true }], [x, axis(2)]),
      ),
    ).toEqual([
      [TF_FLOAT, [4, 2]],
      [TF_INT32, [4, 2]],
    ]);
  });

  it.each([
    ['an op that does not exist', 'NoSuchOp', [], /^TensorFlow: Op type not registered 'NoSuchOp'/],
    ['shapes that do not fit', 'MatMul', FLOATS, /^TensorFlow: Dimensions must be equal, but are 3 and 2/],
    ['an attribute of another kind', 'MatMul', [whole('T', 1)], /^TensorFlow: .*'T'.*/s],
  ])('refuses %s, and may be used on', (_, op, attributes, message) => {
    const x = graph.argument(TF_FLOAT, [2, 3]);
    expect(() => graph.operation(op, attributes, [x, x])).toThrow(message);
    expect(described(graph.operation('Square', FLOATS, [x]))).toEqual([[TF_FLOAT, [2, 3]]]);
  });

  it('refuses a result whose shape depends on data, by the name of the op', () => {
    expect(() => graph.operation('Where', FLOATS, [graph.argument(TF_FLOAT, [3])])).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message:
          'A compiled function runs Where, and the shape of its result depends on data: run it outside, or use one with a fixed shape.',
      }),
    );
  });

  it('refuses a constant of a tensor that is gone', () => {
    const id = binding.createTensor([1], TF_FLOAT, Float32Array.of(1));
    binding.deleteTensor(id);
    expect(() => graph.constant(id)).toThrow(`there is no native tensor ${id}; it was disposed`);
  });

  it('becomes a function of several results, which may be an argument, a constant, or one value twice', () => {
    const [x, y] = [graph.argument(TF_FLOAT, [2]), graph.argument(TF_FLOAT, [2])];
    const [difference] = graph.operation('Sub', FLOATS, [x, y]);
    const kept = constant([2], TF_FLOAT, Float32Array.of(7, 8));
    const outputs = [difference!, y, kept, difference!, x];
    graph.register('test_several', [x, y], outputs);
    const given = (...values: number[]): [number[], Float32Array] => [[2], Float32Array.from(values)];
    for (let again = 0; again < 2; again++)
      expect(resultsOf('test_several', [given(5, 6), given(1, 20)], outputs)).toEqual([
        [4, -14],
        [1, 20],
        [7, 8],
        [4, -14],
        [5, 6],
      ]);
    binding.removeFunction('test_several');
  });

  it('becomes a function without arguments, and of tensors without numbers', () => {
    const [three, nothing] = [
      constant([], TF_FLOAT, Float32Array.of(3)),
      constant([0, 2], TF_FLOAT, new Float32Array(0)),
    ];
    const outputs = [...graph.operation('Square', FLOATS, [three]), ...graph.operation('Neg', FLOATS, [nothing])];
    graph.register('test_nothing', [], outputs);
    expect(resultsOf('test_nothing', [], outputs)).toEqual([[9], []]);
    binding.removeFunction('test_nothing');
  });

  it('outlives itself as a function, until that is removed', () => {
    const other = binding.openGraph();
    const x = other.argument(TF_FLOAT, [1]);
    const outputs = other.operation('Square', FLOATS, [x]);
    other.register('test_outlives', [x], outputs);
    other.dispose();
    const run = () => resultsOf('test_outlives', [[[1], Float32Array.of(3)]], outputs);
    expect(run()).toEqual([[9]]);
    binding.removeFunction('test_outlives');
    const x3 = binding.createTensor([1], TF_FLOAT, Float32Array.of(3));
    expect(() => binding.executeFunction('test_outlives', [], [x3], [{ dtype: TF_FLOAT, shape: [1] }])).toThrow(
      /^TensorFlow: .*test_outlives/s,
    );
    binding.deleteTensor(x3);
    expect(() => binding.removeFunction('test_outlives')).toThrow(/^TensorFlow: /);
  });

  it('calls a function of another graph, whose shapes it is told', () => {
    const inner = binding.openGraph();
    const [a, b] = [inner.argument(TF_FLOAT, [3]), inner.argument(TF_FLOAT, [])];
    const [scaled] = inner.operation('Mul', FLOATS, [a, b]);
    const kernel = inner.registerKernel('test_kernel', [a, b], [scaled!, b]);
    inner.dispose();
    const [x, factor] = [graph.argument(TF_FLOAT, [3]), constant([], TF_FLOAT, Float32Array.of(10))];
    const once = graph.call(kernel, [x, factor]);
    expect(described(once)).toEqual([
      [TF_FLOAT, [3]],
      [TF_FLOAT, []],
    ]);
    const twice = graph.call(kernel, [once[0]!, once[1]!]);
    graph.register('test_calls', [x], [twice[0]!]);
    expect(resultsOf('test_calls', [[[3], Float32Array.of(1, 2, 3)]], [twice[0]!])).toEqual([[100, 200, 300]]);
    binding.removeFunction('test_calls');
    binding.removeFunction('test_kernel');
  });
});
