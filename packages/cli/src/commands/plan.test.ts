import { dit } from '@idlm/denoiser';
import { describePlan, planRun } from './plan';

const network = (hidden: number) =>
  dit({ hidden, blocks: 4, heads: 4, cond: 16, vocabSize: 28, length: 128, timeConditioned: false }).describe();

const plan = (engine: 'wasm' | 'native', hidden: number, batch: number) =>
  planRun('training the teacher', {
    ...{ engine, network: network(hidden), trained: 1, frozen: 0, batch, accumulate: 1, steps: 1, updates: 10 },
    predicted: 0.5,
    text: 1e6,
  });

describe('the plan of a run', () => {
  it('warns of what the memory of WASM may not hold, and of nothing that it holds', () => {
    const { obstacle, memoryParts } = plan('wasm', 256, 64);
    const tensors = memoryParts.networks + memoryParts.activations + memoryParts.logits;
    expect(tensors).toBeGreaterThan(0.8 * 3.8 * 2 ** 30);
    expect(obstacle).toBe(
      `WASM holds at most 4.08 GB of tensors, and this run needs about ${(tensors / 1e9).toPrecision(3)} GB, so that it may be refused: lower the batch, data.length or the sizes of the model, or choose the native engine.`,
    );
    expect(describePlan(plan('wasm', 256, 64))).toContain(`\nbeware: ${obstacle}\n`);
    for (const fitting of [plan('wasm', 256, 8), plan('native', 256, 64)]) {
      expect(fitting.obstacle).toBeUndefined();
      expect(describePlan(fitting)).not.toContain('beware');
    }
  });

  it('counts every batch whose gradients make an update, and the gradients of one of them', () => {
    const [one, four] = [1, 4].map((accumulate) =>
      planRun('distilling', {
        ...{ engine: 'native' as const, network: network(64), trained: 2, frozen: 1, batch: 8, updates: 10 },
        ...{ accumulate, steps: 3, predicted: 0.5, text: 0 },
      }),
    );
    expect(one!.tokensPerUpdate).toBe(8 * 128 * 3);
    expect(four!.tokensPerUpdate).toBe(4 * one!.tokensPerUpdate);
    expect(four!.operations).toBe(4 * one!.operations);
    expect(four!.memoryParts).toEqual(one!.memoryParts);
  });
});
