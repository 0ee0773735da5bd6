import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import type { Command } from 'commander';
import fc from 'fast-check';
import { idlm } from '../test/command-line';
import { unknownWords } from './flags/unknown-words';
import { createProgram, run } from './program';
import { createTerminal } from './terminal';

const interrupts = { signal: new AbortController().signal, defer: () => {}, release: () => {}, leave: () => {} };
const program = createProgram({ terminal: createTerminal(), interrupts });

/** Every command with the words that name it, the program itself among them. */
const commandsOf = (command: Command, words: string[] = []): [words: string[], command: Command][] => [
  [words, command],
  ...command.commands.flatMap((one) => commandsOf(one, [...words, one.name()])),
];
const commands = commandsOf(program);

describe('help', () => {
  it.each(commands.map(([words]) => [words.join(' '), words] as const))(
    'of idlm %s fits 80 columns',
    async (_, words) => {
      const { code, out, err } = await idlm(...words, '--help');
      expect([code, err]).toEqual([0, '']);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(out).toContain(`Usage: idlm ${words.join(' ')}`);
    },
  );

  it('is what the program says without a command, and an error where a part of one is missing', async () => {
    expect(await idlm()).toMatchObject({ code: 0, out: expect.stringMatching(/^Usage: idlm /), err: '' });
    expect(await idlm('--quiet', '--json')).toMatchObject({ code: 0, out: expect.stringMatching(/^Usage: idlm /) });
    expect(await idlm('engine')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^Usage: idlm engine /),
    });
  });
});

describe('a mistyped command', () => {
  const names = program.commands.map((one) => one.name());

  it.each(names.filter(({ length }) => length > 4))('is told the one that was meant: %s', async (name) => {
    const typed = name.slice(0, 3) + name.slice(4);
    const { code, out, err } = await idlm(typed);
    expect([code, out, err]).toEqual([2, '', `error: There is no command "${typed}"; did you mean "${name}"?\n`]);
  });

  it('that is like none is shown all, and one below "engine" likewise', async () => {
    const { code, err } = await idlm('xyzzyxyzzy');
    expect([code, err]).toEqual([
      2,
      `error: There is no command "xyzzyxyzzy"; choose one of ${[...names, 'complete'].join(', ')}.\n`,
    ]);
    expect(await idlm('engine', 'instal')).toMatchObject({
      code: 2,
      err: "error: unknown command 'instal'\n(Did you mean install?)\n",
    });
  });
});

it('a command that one process runs is refused to several ranks', async () => {
  const written: string[] = [];
  const sink = { write: (text: string) => written.push(text) };
  const [ranks] = ranksInMemory(2);
  expect(await run(['verify'], { terminal: createTerminal({ stdout: sink, stderr: sink }), ranks })).toBe(2);
  expect(written.join('')).toBe(
    'error: "idlm verify" is run by one process, and 2 ranks were started; start it without mpirun or srun.\n',
  );
});

describe('words that a command has no place for', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-words-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are refused, and nothing is written for those that it has', async () => {
    const path = join(folder, 'idlm.yaml');
    expect(await idlm('init', path, 'other')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^error: too many arguments for 'init'\. Expected 1 argument but got 2/),
    });
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['verify', 'extra'],
    ['quickstart', 'extra'],
    ['convert', '/nowhere', 'to', 'extra'],
    ['inspect', '/nowhere', 'extra'],
    ['sample', '/nowhere', 'extra'],
    ['pull', 'a/b', 'extra'],
    ['push', '/nowhere', 'a/b', 'extra'],
    ['reproduce', '/nowhere', 'extra'],
    ['train', 'teacher', 'extra'],
    ['engine', 'info', 'extra'],
  ])('are refused: idlm %s %s …', async (...argv) => {
    const { code, out, err } = await idlm(...argv);
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(/^error: too many arguments for '\w+'\. /)]);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['report', "missing required argument 'run'"],
    ['convert /nowhere', "missing required argument 'to'"],
    ['pull', "missing required argument 'name'"],
    ['distill', "required option '-t, --teacher <folder>' not specified"],
    ['prepare a.txt', "required option '-o, --out <folder>' not specified"],
    ['verify --vocab', "option '--vocab <number>' argument missing"],
    ['verify --process nois', 'Allowed choices are both, absorbing, uniform.'],
    ['serve --port 65536', '--port takes a port, at most 65535; "65536" was given.'],
    ['engine info --engine gpu', 'Allowed choices are auto, native, wasm, cpu.'],
  ])('and those that are missing are named: idlm %s', async (line, sentence) => {
    const { code, out, err } = await idlm(...line.split(' '));
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(sentence)]);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('the options of every command', () => {
  /** An option as it may be written, with a value where it takes one. */
  const written = ({ long, short, required, optional }: Command['options'][number]): fc.Arbitrary<string[]> => {
    const value = fc.constantFrom('8', '-1', 'a=b', 'two words', 'runs/a');
    const spaced = (flag: string) => value.map((text) => [flag, text]);
    if (!required && !optional)
      return fc.constantFrom(...[long, short].filter((flag) => flag !== undefined)).map((flag) => [flag]);
    return fc.oneof(
      ...(long ? [spaced(long), value.map((text) => [`${long}=${text}`])] : []),
      ...(short ? [spaced(short), value.map((text) => [`${short}${text}`])] : []),
    );
  };
  const lines = fc
    .constantFrom(...commands.filter(([words, { options }]) => words.length && options.length))
    .chain(([words, { options }]) =>
      fc.record({
        words: fc.constant(words),
        given: fc.array(fc.constantFrom(...options).chain(written), { maxLength: 4 }),
      }),
    );

  it('are known however they are written, and what is unknown among them is found with its value', () =>
    fc.assert(
      fc.property(lines, fc.nat(4), fc.constantFrom([], ['=7'], ['7']), ({ words, given }, place, value) => {
        expect(unknownWords(program, [...words, ...given.flat()])).toMatchObject({
          name: words.join(' '),
          flags: [],
          words: [],
        });
        const flag = '--no-such-flag';
        const foreign = value[0]?.startsWith('=') ? [flag + value[0]] : [flag, ...value];
        const all = [...given.slice(0, place), foreign, ...given.slice(place)];
        expect(unknownWords(program, [...words, ...all.flat()]).flags).toEqual([
          { flag, value: value.length ? '7' : undefined },
        ]);
        // What stands behind a double hyphen is no flag.
        expect(unknownWords(program, [...words, ...given.flat(), '--', ...foreign]).flags).toEqual([]);
      }),
    ));
});
