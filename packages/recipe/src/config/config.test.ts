import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { DRIFT_FACTOR } from '@idlm/evaluation';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { networkSizes } from './network';
import { editorSchema } from './editor-schema';
import { type Field, configJsonSchema, fieldAt } from './fields';
import { initConfig } from './init';
import { loadConfig, resolveConfig } from './load';
import { override } from './overrides';
import { configurationPage } from './page';
import { configTemplate } from './template';
// Registers the judge gpt2.
import '../evaluation/judges';

const name = 'idlm.yaml';
const fromText = (text: string, settings: string[] = []) => resolveConfig({ file: { text, name }, settings }).config;
const defaults = resolveConfig({}).config;

/** What refuses a file of that text. */
function refusalOf(text: string): InputError {
  try {
    fromText(text);
  } catch (error) {
    return error as InputError;
  }
  throw new Error(`Nothing refused ${text}`);
}

/** Paths of all fields that hold a value. */
function allFields(field: Field = configJsonSchema(), path: string[] = []): string[][] {
  if (!field.properties) return [path];
  return Object.entries(field.properties).flatMap(([key, one]) => allFields(one, [...path, key]));
}

describe('defaults', () => {
  it('let a student drift as far as reports say where nothing is set', () => {
    expect(resolveConfig({}).config.distillation.guard!.factor).toBe(DRIFT_FACTOR);
  });

  it('are the settings of the small run on packed text', () => {
    expect(defaults.data).toMatchObject({ corpus: 'moby-dick', normalise: null, length: 64 });
    expect(defaults.teacher).toMatchObject({ updates: 2000, batch: 48, optimizer: { learningRate: 2e-3, ema: 0.999 } });
    expect(defaults.distillation.student).toMatchObject({ learningRate: 1e-4, weightDecay: 0, clip: 1, ema: 0.98 });
    expect(defaults.distillation.fake.learningRate).toBe(4e-4);
    expect(networkSizes(defaults, { vocabSize: 28, maskId: 27 }).config).toEqual({
      ...{ hidden: 96, blocks: 3, heads: 4, cond: 16, vocabSize: 28, length: 64, timeConditioned: false },
    });
  });

  it.each([
    ['duo', 27, true],
    ['udlm', 27, true],
    ['mdlm', 28, false],
  ])('gives %s networks their own vocabulary and conditioning', (family, vocabSize, timeConditioned) => {
    const tokenizer = { vocabSize: 28, maskId: 27 };
    expect(networkSizes(fromText(`family: ${family}`), tokenizer).config).toMatchObject({ vocabSize, timeConditioned });
    // A mask within the vocabulary is a token like others to a uniform process.
    expect(networkSizes(fromText(`family: ${family}`), { vocabSize: 28, maskId: 3 }).config.vocabSize).toBe(28);
  });

  it('replaces single sizes of a preset', () => {
    const { config: sizes } = networkSizes(fromText('model: {preset: small, blocks: 2}\ndata: {length: 1024}'), {
      vocabSize: 50258,
      maskId: 50257,
    });
    expect(sizes).toMatchObject({ hidden: 768, blocks: 2, heads: 12, cond: 128, vocabSize: 50258, length: 1024 });
  });
});

describe('messages', () => {
  it.each([
    ['seed: x', 'line 1, column 7: seed must be a whole number of at least 0; "x" was given.'],
    ['data:\n  lenght: 3', 'line 2, column 3: data has no field "lenght"; did you mean "length"?'],
    ['modle: {}', 'line 1, column 1: The configuration has no field "modle"; did you mean "model"?'],
    [
      'data:\n  heldOut: .9',
      'line 2, column 12: data.heldOut must be a number of at least 0 and at most 0.5 or 1; 0.9 was given.',
    ],
    [
      'data: {normalise: upper}',
      'line 1, column 19: data.normalise must be one of none, lowercase, letters or null; "upper" was given.',
    ],
    ['data: {corpus: ""}', 'data.corpus must be text that is not empty; "" was given.'],
    ['data: 3', 'line 1, column 7: data must be a section of corpus, format'],
    ['seed: 1e999', 'line 1, column 7: seed must be a whole number of at least 0; Infinity was given.'],
    [`seed: ${'9'.repeat(400)}`, 'line 1, column 7: seed must be a whole number of at least 0; Infinity was given.'],
    ['data: {length: 1e300}', 'data.length must be a whole number of at least 1; 1e+300 was given.'],
    ['__proto__: {polluted: 1}', 'line 1, column 1: The configuration has no field "__proto__"; it has imports'],
    ['data: {constructor: 1}', 'line 1, column 8: data has no field "constructor"; it has corpus'],
    [`seed: ${'['.repeat(20_000)}`, 'this is no valid YAML'],
    ['engine: {threads: 0}', 'engine.threads must be a whole number of at least 1 or null; 0 was given.'],
    ['model: {timeConditioning: 1}', 'model.timeConditioning must be true or false or null; 1 was given.'],
    [
      'evaluation: {teacherSteps: []}',
      'teacherSteps must be a list of at least 1, each a whole number of at least 1; [] was given.',
    ],
    [
      'evaluation:\n  teacherSteps:\n    - 3\n    - -1',
      'line 4, column 7: evaluation.teacherSteps.1 must be a whole number',
    ],
    ['- a', 'line 1, column 1: The configuration must be a section of imports, seed, engine'],
    ['family: mdlx', 'line 1, column 9: There is no family named "mdlx"; did you mean "mdlm"?'],
    ['family: {nam: mdlm}', 'family must be a name or { name, options }; {"nam":"mdlm"} was given.'],
    [
      'family: {name: mdlm, options: {schedule: cosin}}',
      'There is no noise schedule named "cosin"; did you mean "cosine"?',
    ],
    ['sampling: {sampler: {name: ancestral, options: {lats: none}}}', 'has no option "lats"; did you mean "last"?'],
    ['scorers: {judges: [{name: n-gram, options: {size: 2}}]}', 'has no option "size"'],
    ['data: {tokenizer: {name: bpe, options: {size: 300}}}', 'the bpe tokenizer has no option "size"'],
    ['distillation: {objective: idml}', 'There is no objective named "idml"; did you mean "idlm"?'],
    ['distillation: {objective: {name: idlm, options: {relaxation: simplx}}}', 'did you mean "simplex"?'],
    ['model: {hidden: 30}', 'line 1, column 8: hidden must be a multiple of twice the heads'],
    ['evaluation: {compareAt: 3}', 'evaluation.compareAt must be one of teacherSteps (1, 2, 4'],
    ['a: [', 'line 1, column 5: this is no valid YAML'],
    ['seed: 1\nseed: 2', 'line 2, column 1: this is no valid YAML: Map keys must be unique.'],
  ])('%j: one sentence with its place', (text, message) => {
    const refusal = refusalOf(text);
    expect(refusal).toMatchObject({ message: expect.stringContaining(message), exitCode: 2 });
    expect(refusal.message).toMatch(new RegExp(`^${name}, line \\d+, column \\d+: `));
  });

  it('names every mistake in a line of its own', () => {
    expect(() => fromText('seed: -1\ndata:\n  length: 0\n  filed: x')).toThrow(
      [
        'idlm.yaml, line 1, column 7: seed must be a whole number of at least 0; -1 was given.',
        'idlm.yaml, line 3, column 11: data.length must be a whole number of at least 1; 0 was given.',
        'idlm.yaml, line 4, column 3: data has no field "filed"; did you mean "field"?',
      ].join('\n'),
    );
  });

  it.each(['seed: *nowhere\n', `seed: &a [1]\nimports: [${'*a, '.repeat(120)}*a]\n`])(
    'refuses aliases that cannot be followed in a sentence: %#',
    (text) => {
      expect(() => resolveConfig({ file: { text, name: 'idlm.yaml' } })).toThrow(InputError);
    },
  );

  it('finds values behind aliases', () => {
    const text = 'teacher: {optimizer: &o {clip: 0}}\ndistillation: {student: *o}';
    expect(() => fromText(text)).toThrow(
      'line 1, column 32: distillation.student.clip must be a number above 0 or null',
    );
  });

  it('refuses every field when it is given a value of no type that it takes', () => {
    for (const path of allFields()) {
      const nested = path.reduceRight<unknown>((value, key) => ({ [key]: value }), { strange: [1] });
      expect(() => fromText(stringify(nested))).toThrow(path.join('.'));
    }
  });
});

describe('sources', () => {
  it('flags win over the environment, it over the file, that over defaults', () => {
    const file = { text: 'seed: 2\nengine: {name: cpu}\ndata: {length: 8}', name };
    const environment = { IDLM_ENGINE: 'native', IDLM_SEED: '3' };
    const flags = [override('engine.name', 'wasm', '--engine')];
    const { config, origins } = resolveConfig({ file, environment, flags, settings: ['logs.every=7'] });
    expect([config.engine.name, config.seed, config.data.length, config.logs.every]).toEqual(['wasm', 3, 8, 7]);
    expect(origins).toEqual({
      'engine.name': '--engine',
      seed: 'IDLM_SEED',
      'data.length': name,
      'logs.every': '--set',
    });
  });

  it('sets numbers, lists, null, text that looks like a number, and options of choices', () => {
    const { config } = resolveConfig({
      settings: [
        'evaluation.temperatures=[1, 0.8]',
        'sampling.topK=5',
        'teacher.optimizer.clip=null',
        'data.corpus=1851',
        'data.format=null',
        'family.options.schedule=cosine',
        'sampling.sampler.options.last=ancestral',
      ],
    });
    expect(config.evaluation.temperatures).toEqual([1, 0.8]);
    expect([config.sampling.topK, config.teacher.optimizer.clip]).toEqual([5, null]);
    expect([config.data.corpus, config.data.format]).toEqual(['1851', null]);
    expect(config.family).toEqual({ name: 'mdlm', options: { schedule: 'cosine' } });
    expect(config.sampling.sampler).toEqual({ name: 'auto', options: { last: 'ancestral' } });
    expect(fromText('family: mdlm', ['family.options.schedule=linear']).family.options).toEqual({ schedule: 'linear' });
  });

  it.each([
    ['data.lenght=3', '--set data.lenght: data has no field "lenght"; did you mean "length"?'],
    ['data.length=x', '--set data.length must be a whole number of at least 1; "x" was given.'],
    ['data.length.x=1', 'data.length has no field "x"; it is no section.'],
    ['data=3', '--set data must be a section of'],
    ['sampling.sampler=nope', '--set sampling.sampler: There is no sampler named "nope"'],
    ['seed', '--set takes field=value, such as --set data.length=128; "seed" was given.'],
    ['__proto__.polluted=1', 'has no field "__proto__"'],
    ['family.options.schedule=cosin', '--set family.options.schedule: There is no noise schedule named "cosin"'],
  ])('refuses --set %s', (setting, message) => {
    expect(() => resolveConfig({ settings: [setting] })).toThrow(message);
  });

  it('blames the environment variable and the flag', () => {
    expect(() => resolveConfig({ environment: { IDLM_SEED: 'x' } })).toThrow('IDLM_SEED: seed must be');
    expect(() => resolveConfig({ flags: [override('engine.name', 'gpu', '--engine')] })).toThrow(
      '--engine: engine.name must be one of auto, native, wasm, cpu; "gpu" was given.',
    );
    expect(() => resolveConfig({ flags: [override('sampling.sampler', 'nope', '--sampler')] })).toThrow(
      /^--sampler: There is no sampler named "nope"/,
    );
  });

  it('takes a resolved configuration as it stands, and an empty section as its defaults', () => {
    expect(fromText(JSON.stringify(defaults))).toEqual(defaults);
    expect(fromText('data:\nteacher:\n  optimizer:\n')).toEqual(defaults);
    expect(fromText('# nothing\n')).toEqual(defaults);
  });

  it('any setting of a number reaches its field', () => {
    const numeric = allFields().filter((path) => fieldAt(path)!.type === 'integer');
    fc.assert(
      fc.property(fc.constantFrom(...numeric), fc.integer({ min: 2, max: 12 }), (path, value) => {
        fc.pre(!['compareAt', 'updates'].includes(path.at(-1)!) && path[0] !== 'model');
        const { config } = resolveConfig({ settings: [`${path.join('.')}=${value}`] });
        expect(path.reduce<unknown>((section, key) => (section as Record<string, unknown>)[key], config)).toBe(value);
      }),
    );
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('init writes a configuration that is the defaults, and never over another', async () => {
    const path = join(folder, name);
    await initConfig({ path, schema: join(folder, 'node_modules', 'config.schema.json') });
    expect((await loadConfig(path)).config).toEqual(defaults);
    expect(await readFile(path, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/node_modules\/config\.schema\.json\n/,
    );
    await writeFile(path, 'seed: 5');
    await expect(initConfig({ path })).rejects.toThrow('exists already; add --force to replace it');
    expect((await loadConfig(path)).config.seed).toBe(5);
    await initConfig({ path, force: true, schema: '/elsewhere/config.schema.json' });
    expect(await readFile(path, 'utf8')).not.toContain('$schema');
  });

  it('the template holds every field once with a comment on each meaning', () => {
    const text = configTemplate();
    expect(allFields(configJsonSchema()).every((path) => text.includes(`${path.at(-1)}:`))).toBe(true);
    expect(resolveConfig({ file: { text: text.replaceAll(/^( *)#(?! \S)/gm, '$1'), name } }).config).toEqual(defaults);
    expect(text.split('\n').every((line) => line.length <= 120)).toBe(true);
    expect(text.match(/Highest learning rate/g)).toHaveLength(1);
  });

  it('the template sets nothing but sections that would be off where they are empty', () => {
    const { origins } = resolveConfig({ file: { text: configTemplate(), name } });
    expect(Object.keys(origins).filter((path) => !/\.(guard|validation)\./.test(path))).toEqual([]);
  });

  it('says that a file is missing', async () => {
    await expect(loadConfig(join(folder, 'no.yaml'))).rejects.toThrow(
      'does not exist; write a configuration with "idlm init"',
    );
    await expect(loadConfig(folder)).rejects.toThrow('cannot be read (EISDIR)');
  });

  it('the JSON Schema for editors is current', async () => {
    const file = join(__dirname, '..', '..', 'schema', 'config.schema.json');
    // If this fails, run "npm run schema -w packages/recipe".
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(editorSchema())));
  });

  it('the JSON Schema for editors knows the options of each choice, and of choices in them', () => {
    const { $defs: kinds, properties } = editorSchema() as {
      readonly $defs: Record<string, { readonly allOf: readonly { readonly if: object; readonly then: object }[] }>;
      readonly properties: Record<string, object>;
    };
    const optionsOf = (kind: string, name: string) =>
      kinds[kind]!.allOf.find((one) => JSON.stringify(one.if).includes(`{"const":"${name}"}`))!.then;
    expect(properties['family']).toMatchObject({ allOf: [{ $ref: '#/$defs/family' }] });
    const eta = { type: 'number', minimum: 0, maximum: 1, default: 0.02 };
    expect(optionsOf('sampler', 'psi')).toMatchObject({
      properties: { options: { properties: { eta, last: { enum: ['greedy', 'ancestral', 'none'] } } } },
    });
    expect(optionsOf('family', 'mdlm')).toMatchObject({
      properties: { options: { properties: { schedule: { $ref: '#/$defs/noise-schedule' } } } },
    });
    expect(optionsOf('tokenizer', 'bytes')).toMatchObject({
      properties: { options: { properties: {}, additionalProperties: false } },
    });
    // JSON Schema has no empty list of schemas: networks declare no options.
    expect(kinds['network']).not.toHaveProperty('allOf');
  });

  it('the page of all fields is current, and names each with its default and its readers', async () => {
    const page = await readFile(join(__dirname, '..', '..', '..', '..', 'docs', 'configuration.md'), 'utf8');
    const unpadded = (text: string) => text.replaceAll(/-{3,}/g, '---').replaceAll(/ {2,}/g, ' ');
    // If this fails, run "npm run schema -w packages/recipe".
    expect(unpadded(page)).toBe(unpadded(configurationPage()));
    for (const path of allFields()) expect(page).toContain(`| \`${path.join('.')}\` `);
    expect(unpadded(page)).toContain(
      '| `sampling.steps` | a whole number of at least 1 | `16` | Steps from noise to text. | `train`, `distill`, `search-grid`, `serve`, `sample` |',
    );
  });
});
