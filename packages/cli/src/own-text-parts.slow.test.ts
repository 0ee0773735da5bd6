import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cosine, schedules } from '@idlm/core-diffusion';
import { tokenizers } from '@idlm/data';
import { scorers } from '@idlm/evaluation';
import { commonWords } from '@idlm/tools/common-words';
import { idlm, tiny } from '../test/command-line';

tokenizers.register('common-words', { ...commonWords, normalise: 'letters' });

schedules.register('gentle', {
  description: 'the cosine, by another name',
  create: () => ({ ...cosine(), spec: { name: 'gentle', options: {} } }),
});

scorers.register('foxes', {
  description: 'the share of words that are the fox',
  create: ({ word }, { decode }) => ({
    name: `${word as string}-likelihood`,
    score: async ({ ids }) => Float64Array.from(ids, (id) => (decode([id]) === word ? 0 : 1)),
  }),
});

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;

const spec = { name: 'common-words', options: { size: 5 } };
const wasm = tiny.slice(0, 2);
const own = (choice: string) => [
  ...tiny,
  '--set',
  `data.tokenizer=${choice}`,
  '--set',
  `data.corpus=${inFolder('text.txt')}`,
];
const chosen = '{name: common-words, options: {size: 5}}';
const train = (...more: string[]) => idlm('train', ...own(chosen), '--set', 'family.options.schedule=gentle', ...more);

/** The last checkpoint of the teacher. */
async function inModel(file: string): Promise<string> {
  const checkpoints = inFolder('teacher', 'checkpoints');
  return join(checkpoints, (await readFile(join(checkpoints, 'latest'), 'utf8')).trim(), file);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-tokenizer-'));
  await writeFile(inFolder('text.txt'), 'The quick fox and the lazy dog and the quick dog. '.repeat(40));
  expect((await train('--out', inFolder('teacher'))).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a tokenizer of one’s own', () => {
  it('is fitted to the text, and saved with the model by its name', async () => {
    expect(await json(await inModel('tokenizer.json'))).toEqual({ words: ['the', 'and', 'dog', 'quick', 'fox'] });
    expect(await json(await inModel('tokenizer_config.json'))).toEqual({
      idlm: { kind: 'common-words', options: { size: 5 }, normalise: 'letters' },
    });
    expect(await json(await inModel('config.json'))).toMatchObject({ vocab_size: 7 });
    expect(await json(inFolder('teacher', 'config.resolved.json'))).toMatchObject({ data: { tokenizer: spec } });
  });

  it('goes on where its run goes on', async () => {
    await rm(join(await inModel('config.json'), '..'), { recursive: true });
    expect((await train('--resume', '--out', inFolder('teacher'))).code).toBe(0);
  });

  it('reads and writes the texts of its model, and numbers are reproduced', async () => {
    const { out } = await idlm(
      'sample',
      '--model',
      inFolder('teacher'),
      '--count',
      '1',
      '--prompt',
      'The quick',
      ...wasm,
    );
    expect(out).toMatch(/^the quick( (the|and|dog|quick|fox|\?))+\n$/);
    const evaluated = await idlm('eval', '--teacher', inFolder('teacher'), '--out', inFolder('eval'), ...tiny);
    expect(evaluated).toMatchObject({ code: 0 });
    expect(await json(inFolder('eval', 'manifest.json'))).toMatchObject({ config: { data: { tokenizer: spec } } });
    expect((await idlm('reproduce', inFolder('eval'))).out).toContain('are reproduced');
  });

  it('stays that of its model', async () => {
    const distil = (choice: string) =>
      idlm('distill', '--teacher', inFolder('teacher'), ...own(choice), '--out', inFolder('never'));
    const { code, err } = await distil('{name: common-words, options: {size: 4}}');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/sets data\.tokenizer to .*"size":4.* has .*"size":5.*which stays/),
    ]);
    const ofFolder = await distil(join(await inModel('config.json'), '..'));
    expect(ofFolder.err).not.toContain('data.tokenizer');
  });

  it('is among the names that a mistyped one is held against', async () => {
    const mistyped = (choice: string) => idlm('train', ...own(choice), '--out', inFolder('never'));
    expect(await mistyped('{name: common-word}')).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no tokenizer named "common-word"; did you mean "common-words"?'),
    });
    expect(await mistyped('sentencepiece')).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /There is no tokenizer named "sentencepiece"; choose one of .*gpt2.*, common-words; nor is there a folder of this name\. Names of the Hugging/,
      ),
    });
  });
});

describe('a judge of one’s own', () => {
  const judged = (judges: string, out: string) =>
    idlm(
      'eval',
      '--teacher',
      inFolder('teacher'),
      ...tiny,
      '--set',
      `scorers.judges=${judges}`,
      '--out',
      inFolder(out),
    );

  it('stands beside the n-gram one in rows, records and reproduction', async () => {
    const judges = [{ name: 'foxes', options: { word: 'the' } }];
    expect((await judged('[{ name: foxes, options: { word: the } }]', 'judged')).code).toBe(0);
    const { config, rows } = (await json(inFolder('judged', 'manifest.json'))) as {
      config: object;
      rows: { perplexity: Record<string, number>; examples: string[] }[];
    };
    expect(config).toMatchObject({ scorers: { judges } });
    for (const { perplexity, examples } of rows) {
      const words = examples.flatMap((text) => text.split(' '));
      const others = words.filter((word) => word !== 'the').length / words.length;
      expect(Object.keys(perplexity)).toEqual(['n-gram', 'the-likelihood']);
      expect(perplexity['the-likelihood']).toBeCloseTo(Math.exp(others), 6);
    }
    expect((await idlm('reproduce', inFolder('judged'))).out).toContain('are reproduced');
  });

  it.each([
    ['[fox]', 'There is no judge named "fox"; did you mean "foxes"?'],
    ['[n-gram]', 'Two judges are named "n-gram"'],
    ['[{ name: n-gram, options: { length: 2 } }]', 'the n-gram judge has no option "length"'],
  ])('is refused in one sentence where it is mistyped: %s', async (judges, sentence) => {
    expect(await judged(judges, 'refused')).toMatchObject({ code: 2, err: expect.stringContaining(sentence) });
  });
});

describe('a model that was made with what nobody has registered', () => {
  const advice = 'import what it was saved with, ./mine.mjs (imports in a configuration, or --import ./mine.mjs)';

  /** Samples the model with another content of one of its files. */
  async function sampleWith(file: string, change: object) {
    const [path, config] = [await inModel(file), await inModel('config.json')];
    const before = [await json(path), await json(config)] as const;
    await writeFile(config, JSON.stringify({ ...before[1], idlm: { imports: ['./mine.mjs'] } }));
    await writeFile(path, JSON.stringify({ ...(await json(path)), ...change }));
    const ended = await idlm('sample', '--model', inFolder('teacher'), ...wasm);
    await writeFile(path, JSON.stringify(before[0]));
    await writeFile(config, JSON.stringify(before[1]));
    return ended;
  }

  it('says what to import for its tokenizer', async () => {
    const settings = { kind: 'rare-words', normalise: 'letters' };
    const { code, err } = await sampleWith('tokenizer_config.json', { idlm: settings });
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('holds a tokenizer of the type "rare-words", which nothing'),
    ]);
    expect(err).toContain(advice);
  });

  it('says it for a schedule, which is named neither as family nor as network', async () => {
    const { code, err } = await sampleWith('config.json', {
      family: { name: 'mdlm', options: { schedule: 'gentler' } },
    });
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('not known here (there is no noise schedule named "gentler"'),
    ]);
    expect(err).toContain(advice);
  });
});
