import { fieldAt, namedChoices } from '@idlm/recipe/config';
import { TINY_FILE, idlm } from '../../test/command-line';
import { createProgram } from '../program';
import { createTerminal } from '../terminal';
import { refuseForeignFlags } from './advice';
import { COMMAND_SYNONYMS, COMMON, OWN } from './synonyms';
import { unknownWords } from './unknown-words';

const interrupts = { signal: new AbortController().signal, defer: () => {}, release: () => {}, leave: () => {} };
const program = createProgram({ terminal: createTerminal(), interrupts });

describe('unknownWords', () => {
  const found = (...argv: string[]) => {
    const { name, flags, words } = unknownWords(program, argv);
    return [name, flags, words];
  };

  it.each([
    ['sample --model m --steps=8 -n 3 -n3 --frames', 'sample', [], []],
    ['sample --temp 0.5 runs/a', 'sample', [{ flag: '--temp', value: '0.5' }], ['runs/a']],
    ['eval --top-k=3 --out a', 'eval', [{ flag: '--top-k', value: '3' }], []],
    ['sample --seed -1 --offset -1 -- --x', 'sample', [{ flag: '--offset', value: '-1' }], []],
    ['train scorer --lr --resume', 'train scorer', [{ flag: '--lr', value: undefined }], ['scorer']],
    ['engine info --device gpu', 'engine info', [{ flag: '--device', value: 'gpu' }], []],
    ['--set a=b', '', [{ flag: '--set', value: 'a=b' }], []],
  ])('%s', (line, name, flags, words) => {
    expect(found(...line.split(' '))).toEqual([name, flags, words]);
  });
});

describe('flags of other programs and commands', () => {
  it.each([
    ['train --temperature 0.5', 'write --set sampling.temperature=0.5'],
    ['distill --top_k=3', 'write --set sampling.topK=3'],
    ['eval --top-p 0.9', 'write --set sampling.nucleus=0.9'],
    ['sample --model m --temp 0.5', 'write --temperature 0.5'],
    ['sample --nucleus 0.5', 'write --top-p 0.5'],
    ['sample --diffusion-steps 8', 'write --steps 8'],
    ['sample --num-samples 8', 'write --count 8'],
    ['sample --max-new-tokens 8', 'write --length … (tokens of the whole text are counted here'],
    ['sample --checkpoint runs/a', 'write --model runs/a'],
    ['sample --device gpu', 'write --engine gpu'],
    ['train --lr 1', 'write --set teacher.optimizer.learningRate=1'],
    ['train scorer --lr 1', 'write --set scorers.autoregressive.optimizer.learningRate=1'],
    ['distill --lr 1', 'write --set distillation.student.learningRate=1'],
    ['train --steps 5', 'write --set teacher.updates=5'],
    ['distill --max-steps 5', 'write --set distillation.updates=5'],
    ['train --epochs 5', 'write --set teacher.updates=… (updates are counted here, not epochs)'],
    ['train --batch-size 32', 'write --set teacher.batch=32'],
    ['train --dataset my-text.txt', 'write --set data.corpus=my-text.txt'],
    ['train --n-layer 4', 'write --set model.blocks=4'],
    ['train --noise-schedule cosine', 'write --set family.options.schedule=cosine'],
    ['train --output-dir runs/a', 'write --out runs/a'],
    ['train --teacher.batch 8', 'write --set teacher.batch=8'],
    ['distill --model runs/a', 'write --teacher runs/a'],
    ['eval --model runs/a', 'write --teacher runs/a and --student runs/a'],
    [
      'eval --steps 8',
      'write --set evaluation.teacherSteps=[8], --set evaluation.studentSteps=[8] and --set evaluation.compareAt=8.',
    ],
    ['eval --temperature 0.5', 'write --set evaluation.temperatures=[0.5]'],
    ['train --frames', 'it is an option of "idlm sample"'],
    ['--steps 8', 'it is an option of "idlm sample", "idlm search-grid" and "idlm verify"'],
    ['-v', 'write --version'],
    ['distill runs/a', 'name the teacher by --teacher runs/a'],
    ['eval runs/a', 'name models by --teacher runs/a or --student runs/a'],
    ['train my-text.txt', 'is named by --set data.corpus=FILE'],
    ['generate', 'did you mean "sample"?'],
  ])('idlm %s', async (line, sentence) => {
    const { code, err } = await idlm(...line.split(' '));
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('are quoted where a shell would split them, and mistyped options keep the advice of the parser', async () => {
    expect((await idlm('train', '--data', 'my text.txt')).err).toContain('write --set "data.corpus=my text.txt"');
    expect((await idlm('sample', '--frmes')).err).toContain("unknown option '--frmes'\n(Did you mean --frames?)");
    expect((await idlm('sample', '--temprature', '1', '--help')).code).toBe(0);
  });

  // What a table says must exist, also when options and fields are renamed.
  it('every meaning is an option or a field of a command', () => {
    const commands = ['train', 'distill', 'sample', 'eval', 'compare', ''];
    const tables = [
      ...commands.map((name) => [COMMON, name] as const),
      ...Object.entries(OWN).map(([a, b]) => [b, a] as const),
    ];
    const advised = new Map<string, boolean>();
    for (const [table, name] of tables) {
      for (const [meaning, flags] of Object.entries(table)) {
        const argv = [...name.split(' ').filter(Boolean), `--${flags.split(' ')[0]}`, '1'];
        let message = '';
        try {
          refuseForeignFlags(program, unknownWords(program, argv));
        } catch (error) {
          message = (error as Error).message;
        }
        const paths = [...message.matchAll(/--set "?([\w.]+)=/g)].map(([, path]) => path!);
        expect(paths.every((path) => fieldAt(path.split('.')))).toBe(true);
        const key = table === COMMON ? meaning : `${name} ${meaning}`;
        advised.set(key, advised.get(key) || message.includes('write --'));
      }
    }
    expect([...advised].filter(([, found]) => !found)).toEqual([]);
    const names = program.commands.flatMap((one) => [
      one.name(),
      ...one.commands.map((two) => `${one.name()} ${two.name()}`),
    ]);
    expect(names).toEqual(expect.arrayContaining(Object.keys(COMMAND_SYNONYMS)));
  });
});

describe('a model to sample', () => {
  it.each([
    [['sample', '/nowhere'], '/nowhere does not exist; name a model folder'],
    [['sample', '/a', '--model', '/b'], 'Two models are named, /a and --model /b; name one.'],
  ])('%j', async (argv, sentence) => {
    const { code, err } = await idlm(...argv);
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
  });
});

describe('numbers of flags', () => {
  const wrong = ['', 'abc', 'NaN', '-1', '1.5', 'Infinity', '1e400', '9007199254740993'];
  it.each([
    ['--seed', 'sample', '--model', '/nowhere'],
    ['--seed', 'train', '--dry-run'],
    ['--seed', 'quickstart'],
    ['--seeds', 'compare'],
    ['--starts', 'verify'],
  ])('%s of idlm %s refuses what is no whole number', async (flag, ...argv) => {
    for (const text of wrong) {
      const { code, err } = await idlm(...argv, `${flag}=${text}`);
      expect([code, err]).toEqual([2, expect.stringContaining(`${flag} takes `)]);
      expect(err).toMatch(/takes (a whole number|whole numbers with commas)/);
      expect(err).toContain(`${text}" was given.`);
    }
  });

  it.each(['', 'abc', '-1', 'Infinity'])('--tolerance refuses %j', async (text) => {
    const { code, err } = await idlm('reproduce', '/nowhere', `--tolerance=${text}`);
    expect([code, err]).toEqual([
      2,
      `error: --tolerance takes a number, at least 0; ${JSON.stringify(text)} was given.\n`,
    ]);
  });
});

describe('the help of a command that reads a configuration', () => {
  it('lists all that is chosen by name where a configuration or a module is given, and else loads nothing', async () => {
    const plain = await idlm('train', '--help');
    expect(plain.out).not.toContain('Families:');
    const { code, out } = await idlm('train', '--config', TINY_FILE, '--help');
    expect([code, out.startsWith(plain.out.trimEnd())]).toEqual([0, true]);
    for (const { kind, choices } of namedChoices())
      for (const { name } of choices)
        expect([kind, out]).toEqual([kind, expect.stringMatching(new RegExp(`^  ${name}  +\\S`, 'm'))]);
  });
});
