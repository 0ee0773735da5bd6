import { resolveConfig } from '@idlm/recipe/config';
import { QUICKSTART_DATA, QUICKSTART_FAMILIES, quickstartSettings } from './settings';

const choices = QUICKSTART_DATA.flatMap((data) =>
  QUICKSTART_FAMILIES.flatMap((family) =>
    (['native', 'wasm'] as const).flatMap((engine) => [false, true].map((smoke) => ({ data, family, engine, smoke }))),
  ),
);

describe('quickstartSettings', () => {
  it.each(choices)('is a configuration that compares what it samples: %j', (choice) => {
    const { settings, claim } = quickstartSettings(choice);
    const { config } = resolveConfig({ settings });
    const { teacherSteps, compareAt, studentSteps } = config.evaluation;
    expect(teacherSteps).toContain(compareAt);
    expect(studentSteps.some((steps) => compareAt / steps >= (claim ?? 1))).toBe(true);
    expect(teacherSteps).toEqual(expect.arrayContaining(claim === undefined ? studentSteps : []));
    expect(config.family.name).toBe(choice.family);
    expect(config.data.corpus).toBe(choice.data);
    expect(config.distillation.guard!.samples).toBeLessThanOrEqual(config.evaluation.samples);
  });

  it('brings no teacher of another family or text', () => {
    const taught = choices.filter((choice) => quickstartSettings(choice).teacher);
    expect(taught.length).toBeGreaterThan(0);
    for (const { data, family, engine } of taught)
      expect([data, family, engine]).toEqual(['moby-dick', 'mdlm', 'wasm']);
  });
});
