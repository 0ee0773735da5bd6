import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm } from '../../test/command-line';
import { colours } from '../terminal';
import { type Finding, finding } from './finding';
import { examineNode, isAtLeast } from './node';
import { examinePlace } from './places';
import { linesOf, told } from './report';

describe('examineNode', () => {
  it.each([
    ['v22.1.0', '20.19', true],
    ['v20.19.0', '20.19', true],
    ['v20.18.9', '20.19', false],
    ['v18.20.0', '20.19', false],
    ['v20.19.0-nightly', '20.19', true],
  ])('finds whether %s is at least %s: %s', (version, least, expected) =>
    expect(isAtLeast(version, least)).toBe(expected),
  );

  it('says what to do about an old one', () => {
    expect(examineNode()).toMatchObject({ state: 'ok', found: expect.stringContaining(process.version.slice(1)) });
    expect(examineNode('v16.0.0')).toMatchObject({ state: 'error', advice: 'install Node 20.19 or newer' });
  });
});

it('what cannot be looked at is an error with its reason', async () => {
  const failed = finding('a part', () => Promise.reject(new Error('it is gone.')));
  expect(await failed).toEqual({ what: 'a part', state: 'error', found: 'it is gone' });
});

describe('examinePlace', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'doctor-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds what is free where a folder would be made', async () => {
    const place = { what: 'cache', folder: join(folder, 'not', 'there'), holds: 'models' };
    expect(await examinePlace(place)).toMatchObject({
      what: 'cache',
      state: expect.stringMatching(/ok|warning/),
      found: expect.stringMatching(/not\/there can be written, with [\d.]+ [kMGT]B free, for models$/),
    });
  });

  it('finds what cannot be written: an error where a variable asks for it', async () => {
    writeFileSync(join(folder, 'file'), '');
    const place = { what: 'cache', folder: join(folder, 'file', 'below'), holds: 'models' };
    const found = `${place.folder}, for models, cannot be written`;
    expect(await examinePlace(place)).toMatchObject({ state: 'warning', found });
    process.env['IDLM_DOCTOR_TEST'] = place.folder;
    const named = await examinePlace({ ...place, variable: 'IDLM_DOCTOR_TEST' });
    delete process.env['IDLM_DOCTOR_TEST'];
    expect(named).toMatchObject({ state: 'error', found, advice: 'set IDLM_DOCTOR_TEST to a folder elsewhere' });
  });
});

it('of several ranks that are alike one is told, and what is not right elsewhere', () => {
  const ok = (what: string): Finding => ({ what, state: 'ok', found: 'there' });
  const absent: Finding = { what: 'engine', state: 'absent', found: 'gone', advice: 'install it' };
  const all = [
    [ok('engine'), { ...absent, what: 'MPI' }],
    [absent, { ...absent, what: 'MPI' }],
    [ok('engine'), { ...absent, what: 'MPI', state: 'error' as const }],
  ];
  expect(linesOf(told(all), colours(false)).split('\n')).toEqual([
    'ok       engine  there',
    'absent   MPI     gone; install it',
    'absent   engine  rank 1: gone; install it',
    'error    MPI     rank 2: gone; install it',
  ]);
});

describe('idlm doctor', () => {
  const variables = { IDLM_MPI_LIBRARY: 'none', HF_TOKEN: 'hf_never-shown', HF_HUB_CACHE: '/' };
  const before = { ...process.env };
  beforeEach(() => Object.assign(process.env, variables));
  afterEach(() => (process.env = { ...before }));
  const examined = async () => {
    const ended = await idlm('doctor', '--engine', 'wasm', '--json');
    const { passed, findings } = JSON.parse(ended.out) as { passed: boolean; findings: readonly Finding[] };
    return { ...ended, passed, stateOf: Object.fromEntries(findings.map(({ what, state }) => [what, state])) };
  };

  it('says what is there, what computes by a product, and never the token', async () => {
    const { code, out, err, passed, stateOf } = await examined();
    expect({ code, passed, stateOf }).toMatchObject({
      code: 0,
      passed: true,
      stateOf: { Node: 'ok', engine: 'ok', 'GPT-2 tokenizer': 'ok', 'Hub token': 'ok', MPI: 'absent' },
    });
    expect(err).toBe('Nothing is broken.\n');
    expect(out + err).not.toContain('never-shown');
    expect(out).toMatch(/wasm \(.*\), 1 thread, [\d.]+ GFLOP\/s in float32: WASM was asked for/);
  });

  it('ends with 1 where something that is asked for is broken', async () => {
    process.env['HF_TOKEN'] = 'never-shown';
    const { code, out, err, passed, stateOf } = await examined();
    expect([code, passed, stateOf['Hub token']]).toEqual([1, false, 'error']);
    expect(err).toBe('1 thing is broken.\n');
    expect(out + err).not.toContain('never-shown');
  });
});
