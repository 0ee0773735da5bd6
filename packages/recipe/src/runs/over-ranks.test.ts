import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import { resolveConfig } from '../config/load';
import { overRanks } from './over-ranks';
import { threadsOfRank } from './threads-of-rank';

const loaded = resolveConfig({
  set: {
    teacher: { accumulate: 3 },
    distillation: { accumulate: 2 },
    scorers: { autoregressive: { accumulate: 5 } },
  },
});

describe('overRanks', () => {
  it('counts the batches of all ranks in what the run is made from, and nothing else', () => {
    const { config } = overRanks(loaded, 'teacher', 4);
    expect(config).toEqual({ ...loaded.config, teacher: { ...loaded.config.teacher, accumulate: 12 } });
    const { distillation, ...others } = overRanks(loaded, 'student', 4).config;
    expect(distillation).toEqual({ ...loaded.config.distillation, accumulate: 8 });
    expect({ ...others, distillation: loaded.config.distillation }).toEqual(loaded.config);
    const { scorers } = overRanks(loaded, 'scorer', 4).config;
    const { scorers: given } = loaded.config;
    expect(scorers).toEqual({ ...given, autoregressive: { ...given.autoregressive, accumulate: 20 } });
    expect(overRanks(loaded, 'teacher', 1)).toBe(loaded);
  });
});

it('ranks of one machine share its cores, each with one at least', async () => {
  const threads = (size: number, cores: number) =>
    Promise.all(ranksInMemory(size).map((ranks) => threadsOfRank(ranks, { cores }, false)));
  expect(await threads(3, 8)).toEqual([2, 2, 2]);
  expect(await threads(3, 2)).toEqual([1, 1, 1]);
  expect(await threads(1, 8)).toEqual([undefined]);
  const bound = ranksInMemory(2).map((ranks) => threadsOfRank(ranks, { cores: 4 }, true));
  expect(await Promise.all(bound)).toEqual([4, 4]);
});
