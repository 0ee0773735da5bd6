import { describeNative, nativeBackend } from '../../../test/native';
import { openContext } from './context';
import { opArguments } from './op-def';
import { findNative } from '../../install/locations';

describeNative('the arguments that an op takes', () => {
  // A context of its own: that of the engine shows none of its insides.
  const open = () => openContext(findNative()!.library, { threads: 1 });
  let context: ReturnType<typeof open>;
  let graph: number;
  beforeAll(async () => {
    await nativeBackend();
    context = open();
    graph = context.c.TF_NewGraph();
  });
  afterAll(() => void context?.c.TF_DeleteGraph(graph));

  it.each([
    ['Placeholder', []],
    ['MatMul', [{}, {}]],
    ['ConcatV2', [{ count: 'N' }, {}]],
    ['Split', [{}, {}]],
    ['Pack', [{ count: 'N' }]],
    ['_FusedMatMul', [{}, {}, { count: 'num_args' }]],
  ])('of %s: %j', (op, expected) => {
    for (let again = 0; again < 2; again++) expect(opArguments(context, graph, op)).toEqual(expected);
  });

  it('are refused for an op that does not exist, also the second time', () => {
    for (let again = 0; again < 2; again++)
      expect(() => opArguments(context, graph, 'NoSuchOp')).toThrow(/^TensorFlow: Op type not registered 'NoSuchOp'/);
  });
});
