import { type Field, configJsonSchema, innerFields } from './fields';
import { resolveConfig } from './load';
import { override } from './overrides';
import { CONFIGURED, type ConfiguredCommand, isRead } from './reads';
import { requireRead, requireUsed } from './unread';

const given = (...settings: string[]) => resolveConfig({ settings });

/** What is said of settings of the command line; undefined where they are read. */
function said(command: ConfiguredCommand, ...settings: string[]): string | undefined {
  try {
    requireRead(given(...settings), command);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as Error).message;
  }
}

/** Paths of all fields that hold a value. */
function fieldPaths(field: Field, path: string[] = []): string[] {
  const inner = innerFields(field);
  if (!inner) return [path.join('.')];
  return Object.entries(inner).flatMap(([name, one]) => fieldPaths(one, [...path, name]));
}

describe('settings of the command line', () => {
  it.each(CONFIGURED)('are read by idlm %s or refused by name, each of them', (command) => {
    for (const path of fieldPaths(configJsonSchema())) {
      const loaded = { ...given(), origins: { [path]: '--set' } };
      const check = () => requireRead(loaded, command);
      if (isRead(command, path)) expect(check).not.toThrow(`"idlm ${command}" does not read it`);
      else expect(check).toThrow(`--set ${path}: "idlm ${command}" does not read it; leave it out. It is for "idlm `);
    }
  });

  it('are refused with the commands that read them, all at once', () => {
    expect(said('train', 'scorers.nGramOrder=3', 'logs.every=2', 'evaluation.seed=3')).toBe(
      '--set scorers.nGramOrder: "idlm train" does not read it; leave it out. It is for "idlm eval", "idlm search-grid" and "idlm compare".\n' +
        '--set evaluation.seed: "idlm train" does not read it; leave it out. It is for "idlm eval", "idlm search-grid" and "idlm compare".',
    );
  });

  it('of files are meant for several commands', () => {
    const file = { text: 'logs: { every: 3 }\nsampling: { nucleusRule: drop-crossing }', name: 'idlm.yaml' };
    expect(() => requireRead(resolveConfig({ file }), 'eval')).not.toThrow();
  });

  it.each([
    ['train', ['logs.samplesEvery=null', 'sampling.steps=4'], 'sampling.steps', 'nothing is sampled, since'],
    [
      'distill',
      ['distillation.guard=null', 'evaluation.teacherSteps=[8]'],
      'evaluation.teacherSteps',
      'the guard alone',
    ],
    ['distill', ['distillation.guard=null', 'evaluation.compareAt=8'], 'evaluation.compareAt', 'the guard alone'],
    ['distill', ['logs.samplesEvery=null', 'sampling.steps=4'], 'sampling.steps', 'distillation.guard.steps'],
    [
      'distill',
      ['logs.samplesEvery=null', 'distillation.guard=null', 'sampling.topK=4'],
      'sampling.topK',
      'nothing is sampled',
    ],
    [
      'distill',
      ['distillation.objective=sdtt', 'distillation.fakeUpdates=2'],
      'distillation.fakeUpdates',
      'sdtt trains',
    ],
    ['distill', ['distillation.objective=dcd', 'distillation.fake.ema=0.5'], 'distillation.fake.ema', 'dcd trains no'],
    ['compare', ['distillation.guard.every=5'], 'distillation.guard.every', 'all of its updates'],
    ['compare', ['teacher.validation.patience=5'], 'teacher.validation.patience', 'all of its updates'],
    ['sample', ['sampling.nucleusRule=drop-crossing'], 'sampling.nucleusRule', 'sampling.nucleus is 1'],
    ['eval', ['sampling.nucleusRule=drop-crossing'], 'sampling.nucleusRule', 'sampling.nucleus is 1'],
  ] as const)('of %s are refused where others make them idle: %j', (command, settings, path, reason) => {
    const sentence = said(command, ...settings);
    expect(sentence).toContain(`--set ${path}: it would change nothing here: `);
    expect(sentence).toContain(reason);
    expect(sentence).toMatch(/; leave it out\.$/);
  });

  it.each([
    ['train', ['logs.samplesEvery=10', 'sampling.steps=4']],
    ['distill', ['evaluation.compareAt=8', 'sampling.topK=4', 'distillation.fakeUpdates=2']],
    ['distill', ['distillation.objective=didi-instruct', 'distillation.fake.ema=0.5']],
    ['distill', ['logs.samplesEvery=null', 'sampling.topK=4']],
    ['compare', ['distillation.guard=null', 'teacher.validation=null']],
    ['sample', ['sampling.nucleus=0.5', 'sampling.nucleusRule=drop-crossing']],
  ] as const)('of %s are taken where they count: %j', (command, settings) => {
    expect(said(command, ...settings)).toBeUndefined();
  });

  it('are told by flag where a flag set them', () => {
    const loaded = resolveConfig({ flags: [override('sampling.steps', '4', '--steps')] });
    const partly = [{ fields: ['sampling'], isRead: false, otherwise: 'it rains' }];
    expect(() => requireUsed(loaded, partly)).toThrow('--steps: it would change nothing here: it rains; leave it out.');
    expect(() => requireUsed(loaded, [{ ...partly[0]!, isRead: true }])).not.toThrow();
  });

  it.each([
    [['seed', '3', '--seed'], 'seed=4', '--seed sets seed to 3, and --set seed to 4; give one of them.'],
    [
      ['engine.name', 'cpu', '--engine'],
      'engine={name: wasm}',
      '--engine sets engine.name to "cpu", and --set engine to {"name":"wasm"}; give one of them.',
    ],
  ] as const)('are refused where flag and --set differ: %j', ([field, text, flag], setting, sentence) => {
    const flags = [override(field, text, flag)];
    expect(() => resolveConfig({ flags, settings: [setting] })).toThrow(sentence);
    expect(() => resolveConfig({ flags, settings: [`${field}=${text}`] })).not.toThrow();
  });
});
