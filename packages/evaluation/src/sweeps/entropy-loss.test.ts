import { mdlm, randomStream } from '@idlm/core-diffusion';
import { ancestral, ancestralCached, remdm, sampleAll, timeGrid } from '@idlm/samplers';
import { nGramScorer } from '../scorers/n-gram';
import { entropyLoss } from './entropy-loss';
import { sweep } from './sweep';
import { diffusionModel } from './swept-model';

const sampleOf = (...rows: number[][]) => ({
  tokens: Int32Array.from(rows.flat()),
  batch: rows.length,
  length: rows[0]!.length,
  networkCalls: 0,
  rowEvaluations: 0,
});

it('is the mean of what rows lose, with the error of the mean', () => {
  const { nats, error, reference } = entropyLoss('plain', [
    sampleOf([0, 1], [0, 1], [0, 1]),
    sampleOf([0, 1], [0, 0], [1, 1]),
  ]);
  expect(reference).toBe('plain');
  expect(nats).toBeCloseTo((2 * Math.LN2) / 3, 12);
  // The deviation of 0, ln 2 and ln 2 over √2.
  expect(error).toBeCloseTo(Math.LN2 * (Math.sqrt(2) / 3 / Math.SQRT2), 12);
});

it('leaves out what is given', () => {
  const valid = Uint8Array.of(0, 0, 1, 1);
  expect(entropyLoss('plain', [sampleOf([0, 1, 2, 3]), sampleOf([0, 0, 2, 3])], valid).nats).toBe(0);
});

describe('a sweep', () => {
  const family = mdlm({ vocabSize: 4, maskId: 3 });
  /** Likes the tokens that stand in the row already. */
  const repeating = async ({ tokens, positions }: { tokens: Int32Array; positions: Int32Array }) =>
    Float64Array.from({ length: positions.length * 4 }, (_, i) => {
      const row = Math.floor(positions[Math.floor(i / 4)]! / 6) * 6;
      return 2 * tokens.subarray(row, row + 6).filter((token) => token === i % 4).length;
    });
  const environment = { denoise: repeating, family, timeConditioned: false };
  const data = { ids: Int32Array.from({ length: 120 }, (_, i) => i % 3), batch: 20, length: 6 };
  const random = randomStream(1);
  const run = (sampler: Parameters<typeof diffusionModel>[0]['sampler']) =>
    sweep({
      models: [diffusionModel({ name: 'student', steps: [16], sampler, ...environment })],
      temperatures: [1],
      samples: 64,
      length: 6,
      random,
      scorers: [nGramScorer(data.ids, { order: 2, vocabSize: 4 })],
      data,
      decode: (ids) => ids.join(''),
      words: new Set(['0']),
    });

  it('says what a sampler that changes the law loses to the one that suits the process', async () => {
    const [row] = await run(remdm({ strategy: 'cap', eta: 0.3 }));
    const plain = await sampleAll({
      ...{ sampler: ancestralCached(), batch: 64, length: 6, grid: timeGrid(16) },
      environment: { ...environment, random },
    });
    const own = await sampleAll({
      ...{ sampler: remdm({ strategy: 'cap', eta: 0.3 }), batch: 64, length: 6, grid: timeGrid(16) },
      environment: { ...environment, random },
    });
    expect(row!.entropyLoss).toEqual(entropyLoss('ancestral-cached', [plain, own]));
    expect(row!.entropyLoss!.nats).toBeGreaterThan(2 * row!.entropyLoss!.error);
  });

  it('says nothing of samplers that keep it', async () => {
    expect((await run(ancestral()))[0]).not.toHaveProperty('entropyLoss');
  });
});
