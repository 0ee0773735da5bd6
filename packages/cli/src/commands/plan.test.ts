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

  it('costs what sizes make by hand', () => {
    const [vocabulary, hidden, cond, blocks] = [28, 64, 16, 2];
    const made = planRun('distilling', {
      engine: 'wasm',
      network: dit({
        hidden,
        blocks,
        heads: 4,
        cond,
        vocabSize: vocabulary,
        length: 128,
        timeConditioned: false,
      }).describe(),
      ...{ trained: 2, frozen: 1, batch: 8, accumulate: 3, steps: 2, updates: 5000, predicted: 0.5, text: 1e6 },
    });
    const [square, modulated] = [hidden ** 2, (parts: number) => parts * hidden * (cond + 1)];
    // Scales of norms; queries, keys, values and what joins heads; both layers behind, with biases; six shifts, scales and gates.
    const block = 2 * hidden + 4 * square + (8 * square + 5 * hidden) + modulated(6);
    const noise = 256 * cond + cond + cond ** 2 + cond;
    const head = hidden + vocabulary * (hidden + 1) + modulated(2);
    const parameters = vocabulary * hidden + noise + blocks * block + head;
    expect(made.parameters).toBe(parameters);
    const tokens = 5000 * 2 * 3 * 8 * 128;
    // At each step one network learns, at 6 operations per weight and token, and two are only run, at 2.
    expect(made.operations).toBe(tokens * parameters * (6 + 2 + 2));
    expect(made.memoryParts).toEqual({
      process: 190e6,
      // Twice weights, average, two moments, gradients and next weights; the teacher's weights.
      networks: 4 * parameters * (2 * 6 + 1),
      // Per token and block 127 numbers a channel, and 10 a head and position.
      activations: 4 * (8 * 128) * blocks * (127 * hidden + 10 * 4 * 128),
      // Half of the positions, 10 numbers a logit, three networks.
      logits: 4 * (8 * 64) * vocabulary * 10 * 3,
      draws: 0,
      text: 1e6,
    });
    // 37.6e12 operations at 0.3 of 100e9 a second are 1254 seconds.
    expect(describePlan(made)).toBe(
      [
        'distilling: 5000 updates of 6.14 k tokens',
        'parameters: 122 k per network, 2 trained and 1 only run',
        'memory: about 308 MB at its peak on wasm: 190 MB of the process, 6.37 MB of weights, averages, moments and gradients, 110 MB of activations, logits and draws, 1 MB of text',
        'time: about 21 min where "idlm engine info" measures 100 GFLOP/s, and in proportion elsewhere',
      ].join('\n'),
    );
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
