import { objectives } from '@idlm/idlm-loss';
import { resolveConfig } from '../config/load';
import { readArms } from './arms';

describe('the arms of a comparison', () => {
  it('are objectives with the settings found for each, and IDLM as configured', () => {
    const names = 'idlm,continued-training,sdtt,dcd,didi-instruct,moment-matching';
    const rate = 'distillation.student.learningRate';
    const refresh = 'distillation.objective.options.refreshEvery';
    expect(readArms(names, [])).toEqual([
      { name: 'idlm', settings: [] },
      {
        name: 'continued-training',
        settings: ['distillation.objective=continued-training', `${rate}=0.0005`],
      },
      { name: 'sdtt', settings: ['distillation.objective=sdtt', `${rate}=0.0005`, `${refresh}=80`] },
      { name: 'dcd', settings: ['distillation.objective=dcd', `${rate}=0.0005`, `${refresh}=80`] },
      { name: 'didi-instruct', settings: ['distillation.objective=didi-instruct', `${rate}=0.00003`] },
      { name: 'moment-matching', settings: ['distillation.objective=moment-matching'] },
    ]);
  });

  it('are settings that a configuration takes, of every objective', () => {
    const names = objectives.entries().map(([name]) => name);
    for (const { name, settings } of readArms(names.join(), [])) {
      const { distillation } = resolveConfig({ settings }).config;
      expect([name, distillation.objective.name]).toEqual([name, name]);
    }
  });

  it('may have settings of their own', () =>
    expect(readArms('', [' slow-fake:  distillation.fakeUpdates=5 distillation.fake.learningRate=1e-4 '])).toEqual([
      { name: 'slow-fake', settings: ['distillation.fakeUpdates=5', 'distillation.fake.learningRate=1e-4'] },
    ]));

  it.each([
    ['idml', [], 'There is no objective "idml"; did you mean "idlm"?'],
    ['idlm,idlm', [], 'Two arms are called "idlm"; give each a name of its own.'],
    ['', [], 'Nothing to compare: name objectives, or give arms.'],
    ['', ['distillation.fakeUpdates=5'], 'An arm is "name: field=value field=value"; '],
    ['', ['long: distillation.updates=5'], 'the arm "long" sets distillation.updates=5: give that to all by --set.'],
    ['', ['long: data.length=5'], 'the arm "long" sets data.length=5: give that to all by --set.'],
  ])('are refused: %j %j', (names, given, sentence) => expect(() => readArms(names, given)).toThrow(sentence));
});
