import { checkpointContent } from './checkpoint-content';
import { PickledDict, PickledName, PickledObject, PickledReference, type PickleValue } from './pickle-values';

const dict = (items: Readonly<Record<string, PickleValue>>): PickledDict => {
  const made = new PickledDict();
  made.items.push(...Object.entries(items));
  return made;
};

/** A tensor as torch.save describes it, of a storage of its own or one that is shared. */
function tensor(shape: number[], storage: string): PickledObject {
  const numbers = shape.reduce((a, b) => a * b, 1);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const reference = new PickledReference([
    'storage',
    new PickledName('torch', 'FloatStorage'),
    storage,
    'cpu',
    numbers,
  ]);
  return new PickledObject(new PickledName('torch._utils', '_rebuild_tensor_v2'), [
    reference,
    0,
    shape,
    strides,
    false,
    null,
  ]);
}

const weights = { 'backbone.a': tensor([2, 3], '0'), 'backbone.b': tensor([3], '1') };
const withAverage = (shadows: PickleValue[], state: Readonly<Record<string, PickleValue>> = weights) =>
  dict({ state_dict: dict(state), ema: dict({ decay: 0.9, shadow_params: shadows }) });

describe('running averages', () => {
  it('go to the names by their order; tied weights have one', () => {
    const tied = { ...weights, 'backbone.head': tensor([2, 3], '0') };
    const { tensors } = checkpointContent(withAverage([tensor([2, 3], '8'), tensor([3], '9')], tied), undefined, 'x');
    expect([...tensors].map(([name, { storage }]) => [name, storage])).toEqual([
      ['backbone.a', '8'],
      ['backbone.b', '9'],
      ['backbone.head', '8'],
    ]);
  });

  it('are refused unless there is one for each, of its shape', () => {
    const read = (shadows: PickleValue[]) => () => checkpointContent(withAverage(shadows), undefined, 'x.ckpt');
    expect(read([tensor([2, 3], '8')])).toThrow(
      'x.ckpt has running averages of 1 tensors, and 2 that are trained; they do not belong together, so take the weights themselves (--weights raw).',
    );
    expect(read([tensor([2, 3], '8'), tensor([4], '9')])).toThrow(
      'x.ckpt has as running average 1 one of shape [4] where backbone.b has [3]',
    );
    expect(read([tensor([2, 3], '8'), 7])).toThrow('no tensor where backbone.b has [3]');
  });

  it('are left alone where the weights themselves are asked for', () => {
    const found = checkpointContent(withAverage([]), 'raw', 'x');
    expect([found.weights, found.tensors.get('backbone.a')!.storage]).toEqual(['raw', '0']);
  });
});

it('says that a file holds no tensors', () => {
  expect(() => checkpointContent(dict({ state_dict: dict({ a: 1 }) }), undefined, 'x.ckpt')).toThrow(
    'x.ckpt holds no tensors by name',
  );
});
