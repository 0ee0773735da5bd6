import { families } from '../families/registry';
import { operators } from '../gaussian/signals';
import { type Entry, createRegistry } from '../registry';
import { schedules } from '../schedules/registry';
import type { Spec } from '../spec';
import { optionsConformance } from './options';

const names = (registry: { entries(): readonly (readonly [string, unknown])[] }) =>
  registry.entries().map(([name]) => name);

describe('what comes with the package keeps to what it declares', () => {
  const ofSchedules = names(schedules).flatMap((name) =>
    optionsConformance({ registry: schedules, name, context: undefined }),
  );
  const vocabulary = { vocabSize: 5, maskId: 4 };
  const ofFamilies = names(families).flatMap((name) =>
    optionsConformance({ registry: families, name, context: vocabulary }),
  );
  const needed: Readonly<Record<string, Spec['options']>> = {
    polynomial: { coefficients: [1, 0.5] },
    sigmoid: { coefficients: [1, 2, 3, 4] },
  };
  const ofOperators = names(operators).flatMap((name) =>
    optionsConformance({
      ...{ registry: operators, name, options: needed[name] },
      context: { vocabSize: 5, gamma: [-3, -1] as const },
    }),
  );
  it.each([...ofSchedules, ...ofFamilies, ...ofOperators])('$name', ({ run }) => run());

  it.each(names(schedules))('%s has the same defaults where it is called directly', (name) => {
    const direct = schedules.get(name).create({}, undefined);
    expect(direct.spec).toEqual(schedules.create(name, undefined).spec);
  });
});

interface Wave {
  readonly spec: Spec;
}

/** The sentence with which a faulty entry is refused. */
async function refusal(entry: Entry<Wave, void, never>): Promise<string> {
  const waves = createRegistry<Wave>('wave');
  waves.register('swell', entry);
  for (const { run } of optionsConformance({ registry: waves, name: 'swell', context: undefined })) {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    if (error) return error.message;
  }
  return 'none';
}

const options = { height: { kind: 'number', default: 2 } } as never;
const spec = (more: object) => ({ spec: { name: 'swell', options: more as Spec['options'] } });

it.each<[string, Entry<Wave, void, never>]>([
  ['none', { description: '', options, create: ({ height }) => spec({ height }) }],
  ['swell declares no options', { description: '', create: () => spec({}) }],
  [
    'create reads the option "hight", which it does not declare; did you mean "height"?',
    { description: '', options, create: ({ hight }) => spec({ hight }) },
  ],
  [
    'its spec has the option "hight", which is not declared',
    { description: '', options, create: () => spec({ hight: 1 }) },
  ],
  [
    'its spec has "tall" as the option "height", which is declared as a number',
    { description: '', options, create: () => spec({ height: 'tall' }) },
  ],
  [
    'made of the options in its spec, it has other ones: {"height":4} instead of {"height":3}',
    { description: '', options, create: ({ height }) => spec({ height: Number(height) + 1 }) },
  ],
])('finds: %s', async (sentence, entry) => expect(await refusal(entry)).toContain(sentence));
