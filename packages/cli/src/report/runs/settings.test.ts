import type { Json } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { differingSettings, settingText } from './settings';

it('tells each setting that differs by its path, lists as a whole', () => {
  const runs = [
    { seed: 1, sampling: { temperature: 1, steps: 4 }, evaluation: { studentSteps: [1, 2] } },
    { seed: 1, sampling: { temperature: 0.8, steps: 4 }, evaluation: { studentSteps: [1, 4] } },
  ];
  expect(differingSettings(runs)).toEqual([
    { setting: 'sampling.temperature', values: [1, 0.8] },
    {
      setting: 'evaluation.studentSteps',
      values: [
        [1, 2],
        [1, 4],
      ],
    },
  ]);
});

it('compares nothing with a run that has no such section, but tells what is missing in one', () => {
  const teacher = { weights: 'a', updates: 5 };
  expect(differingSettings([{ models: { teacher } }, { models: {} }, { models: { teacher } }])).toEqual([]);
  const other = { models: { teacher: { weights: 'b' } } };
  expect(differingSettings([{ models: { teacher } }, { models: {} }, other])).toEqual([
    { setting: 'models.teacher.weights', values: ['a', undefined, 'b'] },
    { setting: 'models.teacher.updates', values: [5, undefined, undefined] },
  ]);
  expect(differingSettings([{ guard: null }, { guard: { factor: 2 } }])).toEqual([
    { setting: 'guard', values: [null, { factor: 2 }] },
  ]);
});

it('tells once what models of a run repeat of its settings, but not what is their own', () => {
  const run = (name: string, ofStudent = name, seed = 1) => {
    const sampling = (sampler: string) => ({ sampling: { sampler: { name: sampler } } });
    return {
      ...sampling(name),
      seed,
      models: { teacher: sampling(name), student: { ...sampling(ofStudent), seed: 5 } },
    };
  };
  const told = (...runs: Json[]) => differingSettings(runs).map(({ setting }) => setting);
  expect(told(run('ancestral'), run('remdm'))).toEqual(['sampling.sampler.name']);
  expect(told(run('ancestral'), run('remdm', 'maskgit'))).toEqual([
    'sampling.sampler.name',
    'models.student.sampling.sampler.name',
  ]);
  expect(told(run('remdm', 'remdm', 1), run('remdm', 'maskgit', 2))).toEqual([
    'seed',
    'models.student.sampling.sampler.name',
  ]);
});

it('tells nothing of equal runs, and something of others', () =>
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer(), (settings, seed) => {
      const run = settings as Json;
      expect(differingSettings([run, run, run])).toEqual([]);
      const changed = { ...settings, seed: [seed] } as Json;
      expect(differingSettings([changed, { ...settings, seed: [seed + 1] } as Json])).toEqual([
        { setting: 'seed', values: [[seed], [seed + 1]] },
      ]);
    }),
  ));

it.each([
  [undefined, '–'],
  [null, 'null'],
  ['cosine', 'cosine'],
  [[1, 4], '[1,4]'],
  ['0123456789ab'.padEnd(64, 'f'), '0123456789ab…'],
  ['x'.repeat(99), `${'x'.repeat(47)}…`],
] as const)('shows %j as %s', (value, text) => expect(settingText(value as Json)).toBe(text));
