import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import { resolveConfig } from '../config/load';
import { overRanks } from './over-ranks';
import { threadsOfRank } from './threads-of-rank';

const loaded = resolveConfig({ set: { teacher: { accumulate: 3 }, distillation: { accumulate: 2 } } });

describe('overRanks', () => {
  it('counts the batches of all ranks in what the run is made from, and nothing else', () => {
    const { config } = overRanks(loaded, 'teacher', 4);
    expect([config.teacher.accumulate, config.distillation.accumulate]).toEqual([12, 2]);
    expect(overRanks(loaded, 'student', 4).config.distillation.accumulate).toBe(8);
    expect(config.teacher.batch).toBe(loaded.config.teacher.batch);
    expect(overRanks(loaded, 'teacher', 1)).toBe(loaded);
  });

  it('refuses a scorer, which one process trains', () => {
    expect(() => overRanks(loaded, 'scorer', 2)).toThrow(
      'A scorer is trained by one process; start "idlm train scorer" without mpirun or srun.',
    );
    expect(overRanks(loaded, 'scorer', 1)).toBe(loaded);
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
