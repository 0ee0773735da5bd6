import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families } from '@idlm/core-diffusion';
import { denoisers, parameterCount } from '@idlm/denoiser';
import { objectives } from '@idlm/idlm-loss';
import { checkCompatible } from '@idlm/samplers';
import { configuredFamily } from './family';
import { networkSizes } from './network';
import { samplerFor } from './sampler';
import { initConfig } from './init';
import { loadConfig, resolveConfig } from './load';
import { presetNames, readPreset } from './presets';

/** Vocabularies of the reference: 50257 tokens and a mask. */
const published = { vocabSize: 50258, maskId: 50257 };
const letters = { vocabSize: 28, maskId: 27 };

const isOpenWebText = (name: string) => name.endsWith('-published') || name.startsWith('owt-');
/** Those of other texts, with the length of their rows. */
const OTHER_TEXTS: Readonly<Record<string, number>> = { lm1b: 128, text8: 256, tinygsm: 512 };
const isPublished = (name: string) => isOpenWebText(name) || name in OTHER_TEXTS;

/** The family that a name says, and the kind of noise where it says one. */
const familyOf = (name: string): string[] => (name in OTHER_TEXTS ? ['mdlm'] : name.replace('owt-', '').split('-'));

describe.each(presetNames())('the preset %s', (name) => {
  const { config, origins } = resolveConfig({ preset: name });
  const tokenizer = isPublished(name) && name !== 'text8' ? published : letters;

  it('makes its family, network, sampler and objective', () => {
    const { family, vocabSize } = configuredFamily(config, tokenizer);
    const [base, second] = familyOf(name);
    expect(family.spec.name).toBe(base);
    expect(family.process.kind).toBe(['duo', 'udlm'].includes(base!) || second === 'uniform' ? 'uniform' : 'absorbing');
    const sampler = samplerFor(config, family);
    expect(() => checkCompatible(sampler, family)).not.toThrow();
    const denoiser = denoisers.create(networkSizes(config, tokenizer));
    expect(denoiser.vocabSize).toBe(vocabSize);
    expect(objectives.create(config.distillation.objective, { family, denoiser }).spec.name).toBe('idlm');
    expect(origins['family.name']).toBe(`preset ${name}`);
  });

  it(`is of the ${isPublished(name) ? 'published' : 'default'} size`, () => {
    const sizes = networkSizes(config, tokenizer);
    const defaults = resolveConfig({}).config;
    if (!isPublished(name)) {
      expect({ ...config, family: defaults.family }).toEqual(defaults);
      return;
    }
    const length = OTHER_TEXTS[name] ?? 1024;
    expect(sizes.config).toMatchObject({ hidden: 768, blocks: 12, heads: 12, cond: 128, length });
    expect(Math.round(parameterCount(sizes) / 1e6)).toBe(name === 'text8' ? 92 : 170);
    const { teacher, distillation, data } = config;
    // Source: mdlm, `dataloader.py` (`_group_texts`), as Duo and IDLM have it; SEDD, `data.py` (`group_texts`).
    if (isOpenWebText(name))
      expect([data.windowEnds, data.separator, data.layout]).toEqual([!name.includes('sedd'), null, null]);
    expect(teacher.batch * teacher.accumulate).toBe(512);
    expect(teacher).toMatchObject({
      optimizer: { learningRate: 3e-4, warmup: 2500, ema: 0.9999, clip: 1 },
    });
    for (const network of ['student', 'fake'] as const)
      expect(distillation[network]).toMatchObject({ learningRate: 1e-6, weightDecay: 0, clip: null });
    expect([distillation.student.ema, distillation.fake.ema]).toEqual([0.9999, 0]);
    expect(distillation.batch * distillation.accumulate).toBe(512);
    expect(distillation.objective.options).toEqual({ relaxation: 'simplex', reduction: 'sum' });
  });

  it('says what it is in one line', () => {
    expect(readPreset(name).description).toMatch(/^[A-Z0-9].{20,110}\.$/);
  });
});

describe('presets', () => {
  it('are there for every family, in both sizes', () => {
    const names = presetNames();
    for (const [family] of families.entries())
      expect(names).toEqual(expect.arrayContaining([family, `${family}-published`]));
    expect(names).toEqual(expect.arrayContaining(['sedd-uniform', 'sedd-uniform-published']));
    expect(names).toEqual(expect.arrayContaining(['owt-mdlm', 'owt-duo', 'owt-sedd', ...Object.keys(OTHER_TEXTS)]));
    expect(resolveConfig({ preset: 'owt-duo' }).config).toEqual(resolveConfig({ preset: 'duo-published' }).config);
    expect(resolveConfig({ preset: 'tinygsm' }).config).toMatchObject({
      data: { promptField: 'question', field: 'answer' },
      evaluation: { exactMatch: 'gsm8k', compareAt: 1024 },
    });
  });

  it('are refused by the nearest name, as a mistake of the user', () => {
    expect(() => readPreset('duo-publishd')).toThrow(
      expect.objectContaining({
        message: 'There is no preset named "duo-publishd"; did you mean "duo-published"?',
        exitCode: 2,
      }),
    );
    expect(() => resolveConfig({ preset: 'transformer' })).toThrow('choose one of d3pm, d3pm-published, duo');
    expect(() => readPreset('../scorer/training')).toThrow('There is no preset named');
  });

  it('stand below a file and flags: sections field by field, choices as a whole', () => {
    const file = { name: 'idlm.yaml', text: 'data: {length: 16}\nfamily: udlm\nteacher: {optimizer: {clip: 2}}' };
    const { config, origins } = resolveConfig({ preset: 'duo-published', file, settings: ['teacher.batch=4'] });
    expect(config.data).toMatchObject({ length: 16, normalise: 'none' });
    expect(config.family).toEqual({ name: 'udlm', options: {} });
    expect(config.teacher).toMatchObject({ batch: 4, updates: 1e6, optimizer: { clip: 2, learningRate: 3e-4 } });
    expect(origins).toMatchObject({ 'data.length': 'idlm.yaml', 'data.normalise': 'preset duo-published' });
  });

  it('init writes one with a comment on every field', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'preset-'));
    for (const preset of presetNames()) {
      const path = join(folder, `${preset}.yaml`);
      await initConfig({ path, preset });
      expect((await loadConfig(path)).config).toEqual(resolveConfig({ preset }).config);
      const text = await readFile(path, 'utf8');
      expect(text).toContain(`# Configuration of idlm from the preset ${preset}.`);
      expect(text).toContain(isPublished(preset) ? '\n  guard: null\n' : '\n  guard:\n    # Updates between');
    }
    await rm(folder, { recursive: true });
  });
});
