import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-'));
  await writeFile(inFolder('text.txt'), 'a bee and a sea and the tree be '.repeat(20));
  const { code } = await idlm(
    'train',
    ...tiny,
    '--set',
    `data.corpus=${inFolder('text.txt')}`,
    '--out',
    inFolder('teacher'),
  );
  expect(code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

describe('sample', () => {
  const sample = (...more: string[]) => sampleFrom(inFolder('teacher'), ...more);
  const sampleFrom = (model: string, ...more: string[]) =>
    idlm('sample', '--model', model, ...more, ...tiny.slice(0, 2));
  const results = (out: string) =>
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);

  it('answers each prompt of a file, as often as asked, and gives the parts to programs', async () => {
    await writeFile(inFolder('asked.jsonl'), '{"prompt":"the "}\n{"prompt":"A 1"}\n');
    const { code, out, err } = await sample('--prompts', inFolder('asked.jsonl'), '-n', '2', '--json');
    expect([code, err.includes('"A 1" is read as "a "')]).toEqual([0, true]);
    const found = results(out);
    expect(found.map(({ prompt, sample: row }) => [row, prompt])).toEqual([
      [0, 'the '],
      [1, 'the '],
      [2, 'A 1'],
      [3, 'A 1'],
    ]);
    for (const { text, completion } of found.slice(0, 2)) expect(`the ${completion}`).toBe(text);
    for (const { text, completion } of found.slice(2)) expect(`a ${completion}`).toBe(text);
  });

  it('fills the holes of a template', async () => {
    const { out } = await sample('--template', 'a __ be _ee', '-n', '3');
    expect(out.trim().split('\n')).toEqual(Array(3).fill(expect.stringMatching(/^a .. be .ee/)));
  });

  it('writes what matches a pattern behind the prompt, by any sampler by name', async () => {
    const pattern = ['--pattern', '[ab]+( [be]+)?', '-n', '3'];
    for (const sampler of ['maskgit', '{ name: confidence-threshold, options: { threshold: 0.2 } }']) {
      const { code, out, err } = await sample(...pattern, '--prompt', 'sea ', '--sampler', sampler);
      expect([code, err.includes('Writing with')]).toEqual([0, true]);
      expect(out.trim().split('\n')).toEqual(Array(3).fill(expect.stringMatching(/^sea [ab]+( [be]+)?$/)));
    }
    const refusals: [string[], string][] = [
      [['--pattern', '[ab'], 'is none that text can be held to'],
      [['--pattern', 'a{30}'], 'No text of'],
      [['--sampler', 'maskgi'], 'did you mean "maskgit"?'],
    ];
    for (const [flags, message] of refusals) {
      const { code, out, err } = await sample(...flags);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(message);
    }
  });

  it('fills in holes of known and unknown length, and keeps what is given to the letter', async () => {
    const known = await sample('--infill', 'A [[2]], Se[[1-3]]e!', '-n', '2', '--json');
    expect(known.code).toBe(0);
    for (const { text, infill, fills } of results(known.out)) {
      expect(infill).toBe('A [[2]], Se[[1-3]]e!');
      expect(text).toMatch(/^A [a-z ]{2}, Se[a-z ]{1,3}e!$/);
      expect(`A ${fills![0]}, Se${fills![1]}e!`).toBe(text);
    }
    const unknown = await sample('--infill', 'a [[?]] be', '-n', '3');
    expect(unknown.out.trim().split('\n')).toEqual(Array(3).fill(expect.stringMatching(/^a .{1,7} be$/)));
    expect(
      new Set(
        unknown.out
          .trim()
          .split('\n')
          .map(({ length }) => length),
      ).size,
    ).toBe(1);
  });

  it('writes texts longer than the model reads, in blocks', async () => {
    const { code, out, err } = await sample(
      '--block',
      '4',
      '--length',
      '30',
      '-n',
      '2',
      '--prompt',
      'a sea and',
      '--json',
    );
    expect([code, err.includes('Writing with')]).toEqual([0, true]);
    for (const { text } of results(out)) expect(text).toMatch(/^a sea and[a-z ]{21}$/);
    const frames = await sample('--block', '4', '--length', '11', '-n', '1', '--frames', '--steps', '2');
    expect(frames.out.trimEnd().split('\n').length).toBe(3 * 3);
  });

  it('heeds temperature, top-p and top-k, and writes other texts with --seed random', async () => {
    const plain = await sample('-n', '2');
    expect((await sample('-n', '2', '--temperature', '1', '--top-p', '1')).out).toBe(plain.out);
    for (const sharper of [
      ['--top-k', '1'],
      ['--top-p', '0.05'],
      ['--temperature', '0'],
    ]) {
      const { out } = await sample('-n', '2', ...sharper);
      const set = { '--top-k': 'topK', '--top-p': 'nucleus', '--temperature': 'temperature' }[sharper[0]!];
      expect((await sample('-n', '2', '--set', `sampling.${set}=${sharper[1]}`)).out).toBe(out);
      expect(out).not.toBe(plain.out);
    }
    const { out, err } = await sample('-n', '2', '--seed', 'random');
    const [, seed] = /Seed: (\d+)/.exec(err)!;
    expect((await sample('-n', '2', '--seed', seed!)).out).toBe(out);
    expect(out).not.toBe(plain.out);
  });

  it('writes with the sampler that is named, and its options', async () => {
    const plain = await sample('-n', '2');
    for (const sampler of ['psi', '{ name: remdm, options: { strategy: cap, eta: 0.4 } }']) {
      const { out, code } = await sample('-n', '2', '--sampler', sampler);
      expect([code, out.trim().split('\n').length]).toEqual([0, 2]);
      expect(out).not.toBe(plain.out);
      expect((await sample('-n', '2', '--set', `sampling.sampler=${sampler}`)).out).toBe(out);
    }
  });

  it('heeds what a folder recommends where nothing is set, says so, and records it', async () => {
    const model = inFolder('recommending');
    expect((await idlm('convert', inFolder('teacher'), model)).code).toBe(0);
    await writeFile(join(model, 'generation_config.json'), '{"top_p":0.05,"steps":3}');
    const { out, err } = await sampleFrom(model, '-n', '1', '--json');
    expect(err).toContain('Its folder recommends top_p 0.05, steps 3.');
    expect(results(out)).toMatchObject([{ steps: 3, recommended: ['top_p 0.05', 'steps 3'] }]);
    const asSet = await sample('-n', '1', '--json', '--top-p', '0.05', '--steps', '3');
    expect(results(asSet.out)).toEqual(results(out).map(({ recommended: _, ...others }) => others));
    // The rule of a nucleus is read, since there is one.
    expect((await sampleFrom(model, '-n', '1', '--set', 'sampling.nucleusRule=drop-crossing')).code).toBe(0);
    expect((await sample('-n', '1', '--set', 'sampling.nucleusRule=drop-crossing')).err).toContain(
      'it would change nothing',
    );
  });

  it('numbers the frames of several texts, and prints a separator where one is asked for', async () => {
    const { out } = await sample('-n', '2', '--frames', '--steps', '1');
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(0, 3)),
    ).toEqual(['0: ', '1: ', '0: ', '1: ']);
    const separated = await sample('-n', '2', '--separator', '---');
    expect(separated.out.split('---\n')).toHaveLength(3);
  });

  it.each([
    [['--prompt', '鯨'], 'The prompt "鯨" holds nothing that the model can read'],
    [['--prompt', 'a', '--template', '_'], '--prompt and --template were given; give one of them.'],
    [['--template', 'abc'], '"abc" has none'],
    [['--infill', 'abc [['], '"abc [[" has none'],
    [['--infill', 'a [[?]]'], 'has text behind it'],
    [['--infill', 'a [[3-2]] b'], '3 to 2 were given'],
    [['--infill', 'a [[40]] b'], 'takes 44 tokens with its holes, and there is room for 12'],
    [['--infill', 'a [[2]]', '--prompt', 'b'], '--prompt and --infill were given'],
    [['--block', '4', '--pattern', 'a+'], 'leave out --pattern or --block'],
    [['--block', '4', '--infill', 'a[[2]]b'], 'leave out --infill or --block'],
    [['--block', '4', '--template', 'a__b'], 'leave out --block, or the text behind the holes of --template'],
    [['--block', '13'], 'A block is at most what the network reads, 12 tokens; 13 was given'],
    [['--length', '13'], 'The model reads at most 12 tokens'],
    [['--prompt', 'twelve chars'], 'takes 12 tokens and leaves no room in a text of 12'],
    [['--set', 'data.normalise=none'], '--set sets data.normalise to "none"'],
    [['--set', 'data.tokenizer=bytes'], '--set sets data.tokenizer to "bytes"'],
    [['--temperature', '-1'], '--temperature: sampling.temperature must be'],
    [['--sampler', '{name: remdm'], '--sampler: "{name: remdm" is no valid YAML: Flow map'],
    [['--set', 'sampling.nope=1'], 'sampling has no field "nope"; it has sampler, steps'],
    [['--sampler', 'remdn'], 'did you mean "remdm"?'],
    [['--sampler', '{ name: remdm, options: { eta: 2 } }'], 'lies in [0, 1]; 2 was given.'],
    [['--top-k', 'many'], '--top-k: sampling.topK must be'],
    [['--steps', 'many'], '--steps takes a whole number'],
    [['--steps', '2', '--set', 'sampling.steps=3'], '--steps sets sampling.steps to 2, and --set sampling.steps to 3;'],
    [
      ['--set', 'data.promptField=q'],
      '--set data.promptField: it would change nothing here: it names a field of --prom',
    ],
    [['--set', 'data.length=8'], '--set data.length: "idlm sample" does not read it; leave it out.'],
    [['--separator', '#', '--json'], '--separator stands behind texts that are printed as they are, and --json prints'],
  ])('refuses %j', async (more, sentence) => {
    const { code, err } = await sample(...more);
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
  });
});
