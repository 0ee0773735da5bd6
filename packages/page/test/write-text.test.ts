import { byteTokenizer } from '@idlm/data';
import { mdlm } from '@idlm/samplers';
import { writeText } from '../worker/writing/write-text';

it('writes on the grid of times that the model is recommended with for as many steps, and evenly at others', async () => {
  const [tokenizer, saved] = [byteTokenizer(), [1, 0.9, 0.2, 0]];
  const { vocabSize, maskId } = tokenizer;
  const asked = new Set<number>();
  const model = {
    tokenizer,
    family: mdlm({ vocabSize, maskId }),
    network: async ({ t, positions }: { readonly t: number; readonly positions: Int32Array }) => {
      asked.add(t);
      return new Float32Array(positions.length * vocabSize);
    },
    // So many positions that some are unmasked in every step.
    facts: { length: 200, maskId, timeConditioned: true, recommended: { spacing: [saved] } },
  } as never;
  const timesAt = async (steps: number): Promise<number[]> => {
    asked.clear();
    const request = { text: '', seed: 1, steps, temperature: 1 } as never;
    let last = 0;
    for await (const { step } of writeText(model, request, new AbortController().signal)) last = step;
    expect(last).toBe(steps);
    return [...asked];
  };
  expect((await timesAt(3)).slice(0, 3)).toEqual(saved.slice(0, 3));
  expect((await timesAt(2)).slice(0, 2)).toEqual([1, expect.closeTo(0.5, 3)]);
});
