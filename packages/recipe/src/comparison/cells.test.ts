import { useBackend } from '@idlm/tools/backend';
import { resolveConfig } from '../config/load';
import { resolveRecipe } from '../resolved/recipe';
import { prepareCorpus } from '../text/corpus';
import { budgetOf, planArm } from './cells';

const configWith = (...settings: string[]) =>
  resolveConfig({ settings: ['data.length=8', 'model.hidden=16', 'model.heads=2', ...settings] }).config;

describe('the budget of a comparison', () => {
  it('counts every batch that makes an update, of the student and of the fake', async () => {
    const config = configWith('distillation.updates=60');
    const context = { ...resolveRecipe(config, await prepareCorpus(config)), engine: await useBackend() };
    const budget = budgetOf(context);
    expect(planArm(context, 'as configured', config, budget)).toMatchObject({ updates: 60, passes: budget });
    const plan = (...settings: string[]) => planArm(context, 'other', configWith(...settings), budget);
    expect(plan('distillation.accumulate=3')).toMatchObject({ updates: 20, passes: budget });
    // Of idlm a student's step takes five passes and a fake's four.
    expect(plan('distillation.accumulate=3', 'distillation.fakeUpdates=4')).toMatchObject({
      updates: Math.floor(budget / (3 * (5 + 4 * 4))),
    });
    const accumulating = { ...context, config: configWith('distillation.updates=60', 'distillation.accumulate=2') };
    expect(budgetOf(accumulating)).toBe(2 * budget);
  });
});
