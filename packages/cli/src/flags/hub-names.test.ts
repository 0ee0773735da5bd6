import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion/errors';
import { Command } from 'commander';
import { createTerminal } from '../terminal';
import { pullNamedModels } from './hub-names';

/** What was asked of the Hub, and what it answers. */
const hub = { asked: [] as string[], answer: (name: string): Promise<object> => Promise.resolve({ folder: name }) };
jest.mock('@idlm/hub', () => ({
  ...jest.requireActual<object>('@idlm/hub'),
  pullModel: (name: string) => {
    hub.asked.push(name);
    return hub.answer(name);
  },
}));

const here = process.cwd();
let folder: string;
const notes: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-names-'));
  process.chdir(folder);
  hub.asked.length = notes.length = 0;
  hub.answer = (name) => Promise.resolve({ folder: `/cache/${name}` });
});
afterEach(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

const interrupts = { signal: new AbortController().signal, defer: () => {}, release: () => {}, leave: () => {} };

/** What a command is given for a command line, once models of the Hub are here. */
async function given(name: string, ...argv: string[]) {
  const found = { model: undefined as unknown, options: {} as Record<string, unknown> };
  const program = new Command('idlm').exitOverride();
  const command = program.command(name).argument('[model]');
  for (const option of ['model', 'teacher', 'student', 'baseline', 'scorer', 'out'])
    command.option(`--${option} <text>`);
  command.action((model: unknown, options: Record<string, unknown>) => void Object.assign(found, { model, options }));
  const terminal = { ...createTerminal(), note: (text: string) => void notes.push(text) };
  program.hook('preAction', (_, one) => pullNamedModels(one, terminal, interrupts));
  await program.parseAsync([name, ...argv], { from: 'user' });
  return found;
}

describe('a model of the Hub', () => {
  it('is pulled for any option that names a model, and the command is given its folder', async () => {
    for (const option of ['model', 'teacher', 'student', 'baseline', 'scorer'])
      expect((await given('eval', `--${option}`, 'org/name')).options).toEqual({ [option]: '/cache/org/name' });
    expect(hub.asked).toEqual(Array.from({ length: 5 }, () => 'org/name'));
    expect(notes.at(-1)).toBe('org/name is in /cache/org/name.');
  });

  it.each(['hf:org/name', 'hf://org/name', 'org/name@v1.0'])('may be written %s', async (name) => {
    expect((await given('sample', '--model', name)).options).toEqual({ model: `/cache/${name}` });
  });

  it('may be the argument of the commands that take a model, and of no others', async () => {
    for (const name of ['sample', 'convert', 'export', 'inspect'])
      expect((await given(name, 'org/name')).model).toBe('/cache/org/name');
    hub.asked.length = 0;
    expect((await given('report', 'org/name')).model).toBe('org/name');
    expect((await given('train', '--out', 'org/name')).options).toEqual({ out: 'org/name' });
    expect(hub.asked).toEqual([]);
  });

  it('is opened as its checkpoint of PyTorch where it is one, and what is odd about it is told', async () => {
    hub.answer = () => Promise.resolve({ folder: '/cache/f', checkpoint: '/cache/f/last.ckpt', note: 'It has two.' });
    expect((await given('inspect', 'org/name')).model).toBe('/cache/f/last.ckpt');
    expect(notes).toEqual(['It has two.']);
  });
});

describe('a path', () => {
  it.each(['name', './org/name', '../org/name', '/org/name', '~/name', 'org/a/b', 'runs/teacher', 'a\\b/c', ''])(
    'is left alone, also where nothing is: %j',
    async (path) => {
      expect((await given('sample', '--model', path)).options).toEqual({ model: path });
      expect(hub.asked).toEqual([]);
    },
  );

  it('is left alone where it or its first folder is here', async () => {
    mkdirSync('org/name', { recursive: true });
    for (const path of ['org/name', 'org/mistyped'])
      expect((await given('sample', '--model', path)).options).toEqual({ model: path });
    expect(hub.asked).toEqual([]);
  });

  it('that looks like a name of the Hub and cannot be one is left alone', async () => {
    expect((await given('sample', '--model', 'my models/teacher')).options).toEqual({ model: 'my models/teacher' });
    expect(hub.asked).toEqual([]);
  });
});

describe('a name that the Hub does not know', () => {
  beforeEach(() => (hub.answer = () => Promise.reject(new InputError('There is no model org/name.'))));

  it('is told to have been taken for one, since it may be a mistyped folder', () =>
    expect(given('sample', 'org/name')).rejects.toThrow(
      'There is no model org/name. There is no folder org/name here, so it was taken for a model of the Hub.',
    ));

  it('needs no such reason where it says itself that it is of the Hub', () =>
    expect(given('sample', 'hf:org/name')).rejects.toThrow(/^There is no model org\/name\.$/));

  it('keeps errors of other kinds as they are', async () => {
    const fault = new TypeError('ours');
    hub.answer = () => Promise.reject(fault);
    await expect(given('sample', 'org/name')).rejects.toBe(fault);
  });
});
