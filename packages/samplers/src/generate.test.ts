import {
  type Denoise,
  type Frame,
  ancestral,
  d3pm,
  duo,
  generate,
  generateFrames,
  mdlm,
  randomStream,
  sampleAll,
  sedd,
  timeGrid,
  topK,
  udlm,
  uniformD3pm,
} from './index';

jest.mock('@tensorflow/tfjs-core', () => {
  throw new Error('a tensor library was reached');
});

const [V, MASK] = [5, 4];
const masked = mdlm({ vocabSize: V, maskId: MASK });

/** A network that prefers the token after the one on the left, and reads the time if `timed`; it counts its calls. */
function network(timed = false) {
  const times: number[] = [];
  const denoise: Denoise = async ({ tokens, length, positions, t }) => {
    times.push(t);
    return Float32Array.from({ length: positions.length * V }, (_, i) => {
      const position = positions[Math.floor(i / V)]!;
      const left = position % length ? tokens[position - 1]! : 0;
      return Number((left + 1) % MASK === i % V) * 2 + (timed ? Math.sin(9 * t + (i % V)) : 0);
    });
  };
  return { denoise, times };
}

describe('generate', () => {
  it('needs a network, a family and a number of steps', async () => {
    const { denoise, times } = network();
    const { tokens, batch, length, networkCalls } = await generate(denoise, masked, 4);
    expect([batch, length, tokens.length]).toEqual([1, 64, 64]);
    expect(tokens.every((token) => token >= 0 && token < MASK)).toBe(true);
    expect(networkCalls).toBe(times.length);
    expect(networkCalls).toBeLessThanOrEqual(5);
  });

  it('is the same for the same seed, which is 0', async () => {
    const from = async (seed?: number | string) => (await generate(network().denoise, masked, 4, { seed })).tokens;
    expect(await from()).toEqual(await from(0));
    expect(await from('other')).not.toEqual(await from());
  });

  it.each([
    ['mdlm', masked],
    ['udlm', udlm({ vocabSize: V })],
    ['duo', duo({ vocabSize: V })],
    ['sedd', sedd({ vocabSize: V, maskId: MASK })],
    ['uniform sedd', sedd({ vocabSize: V })],
    ['d3pm', d3pm({ vocabSize: V, maskId: MASK })],
    ['uniform d3pm', uniformD3pm({ vocabSize: V })],
  ])('writes the prompt and what follows, with %s', async (_, family) => {
    const { tokens } = await generate(network(true).denoise, family, 5, { batch: 2, length: 6, prompt: [3, 1] });
    expect([...tokens.subarray(0, 2), ...tokens.subarray(6, 8)]).toEqual([3, 1, 3, 1]);
    expect(tokens.every((token) => token >= 0 && token < V)).toBe(true);
  });

  it('ends uniform processes in a draw, and takes another sampler where it is told', async () => {
    const family = udlm({ vocabSize: V });
    const { denoise } = network(true);
    const [batch, length] = [16, 8];
    const grid = timeGrid(3);
    const by = (last: 'ancestral' | 'greedy') =>
      sampleAll({
        sampler: ancestral({ last }),
        environment: { denoise, family, random: randomStream(0) },
        batch,
        length,
        grid,
      });
    const [drawn, greedy] = [await by('ancestral'), await by('greedy')];
    expect(drawn.tokens).not.toEqual(greedy.tokens);
    expect(await generate(denoise, family, 3, { batch, length })).toEqual(drawn);
    expect(await generate(denoise, family, 3, { batch, length, sampler: ancestral() })).toEqual(greedy);
  });

  it('asks a network for one time per call, unless it is said not to read the time', async () => {
    const calls = async (timeConditioned?: boolean) => {
      const { denoise, times } = network(true);
      const { tokens } = await generate(denoise, masked, 8, { batch: 32, length: 8, timeConditioned });
      return { tokens, times };
    };
    const [byDefault, conditioned, free] = [await calls(), await calls(true), await calls(false)];
    expect(byDefault).toEqual(conditioned);
    expect(byDefault.times).toEqual([...new Set(byDefault.times)].sort((a, b) => b - a));
    expect(free.tokens).not.toEqual(byDefault.tokens);
  });

  it('shapes logits, spaces its steps, and is aborted', async () => {
    const { denoise } = network();
    const { tokens } = await generate(denoise, masked, 64, { length: 8, shape: topK(1), prompt: [0] });
    expect(tokens[0]).toBe(0);
    const frames = async (grid?: { from: number }) => {
      const seen: number[] = [];
      for await (const { t } of generateFrames(denoise, masked, 2, { grid })) seen.push(t);
      return seen;
    };
    expect(await frames({ from: 0.5 })).toEqual([...timeGrid(2, { from: 0.5 }).subarray(1), 0]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(generate(denoise, masked, 4, { signal })).rejects.toThrow('enough');
  });

  it.each([
    [0, {}, 'A grid has a whole number of steps, at least 1; 0 was given.'],
    [4, { batch: 0 }, 'at least one row and one token; 0 rows of 64'],
    [4, { length: 2, prompt: [1, 2] }, 'A prompt leaves room in the 2 tokens of a sequence; one of 2 was given.'],
    [4, { seed: -1 }, 'A seed is a whole number'],
  ])('refuses %p steps with %j', async (steps, options, message) => {
    await expect(generate(network().denoise, masked, steps, options)).rejects.toThrow(message);
  });

  it.each([
    [new Float32Array(7), '7'],
    [[1, 2, 3], 'Array in their place'],
    [new Int32Array(5), 'Int32Array in their place'],
    [undefined, 'nothing'],
  ])('refuses a network that returns %p, as the mistake of who wrote it', async (returned, described) => {
    const denoise = (async () => returned) as unknown as Denoise;
    const options = { length: 1, network: 'My network', sampler: ancestral() };
    await expect(generate(denoise, masked, 1, options)).rejects.toMatchObject({
      exitCode: 2,
      message: `My network must return 5 logits in a Float32Array or Float64Array, 5 for each of the 1 positions that it is asked for; it returned ${described}.`,
    });
  });
});

describe('generateFrames', () => {
  it('shows every step of what generate gives', async () => {
    const frames: Frame[] = [];
    const steps = generateFrames(network().denoise, masked, 6, { batch: 2, length: 8 });
    let next = await steps.next();
    for (; !next.done; next = await steps.next()) frames.push(next.value);
    expect(frames.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(frames[0]!.tokens.filter((token) => token === MASK).length).toBeGreaterThan(0);
    const { tokens } = await generate(network().denoise, masked, 6, { batch: 2, length: 8 });
    expect(next.value.tokens).toEqual(tokens);
    expect(frames.at(-1)!.tokens).toEqual(tokens);
  });
});
