jest.mock('@tensorflow/tfjs-core', () => {
  throw new Error('a tensor library was reached');
});

describe('the entry for sampling', () => {
  it('reaches no tensor library', async () => {
    const { families, randomStream } = await import('./sampling');
    const made = families.create('mdlm', { vocabSize: 4 });
    const row = Float64Array.of(0, 0, 0, 9);
    made.slotToLogProbs(row, 3, 0.5);
    expect(row.slice(0, 3).map(Math.exp)).toBeCloseToArray([1 / 3, 1 / 3, 1 / 3], { atol: 1e-15 });
    expect(made.process.prior(1, 2, randomStream(1))).toEqual(Int32Array.of(3, 3));
  });

  it('is watched by a test that would see one', () => expect(import('./index')).rejects.toThrow('a tensor library'));
});
