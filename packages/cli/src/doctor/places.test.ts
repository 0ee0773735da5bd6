import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examinePlace, examinePlaces } from './places';

const before = { ...process.env };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'places-'));
  writeFileSync(join(folder, 'file'), '');
});
afterEach(() => {
  process.env = { ...before };
  rmSync(folder, { recursive: true });
});

describe('examinePlace', () => {
  it('finds what is free where a folder would be made', async () => {
    const place = { what: 'cache', folder: join(folder, 'not', 'there'), holds: 'models' };
    expect(await examinePlace(place)).toMatchObject({
      what: 'cache',
      state: expect.stringMatching(/ok|warning/),
      found: expect.stringMatching(/not\/there can be written, with [\d.]+ [kMGT]B free, for models$/),
    });
  });

  it('finds what cannot be written: an error where a variable asks for it', async () => {
    const place = { what: 'cache', folder: join(folder, 'file', 'below'), holds: 'models' };
    const found = `${place.folder}, for models, cannot be written`;
    expect(await examinePlace(place)).toEqual({
      ...{ what: 'cache', state: 'warning', found, advice: 'work in another folder' },
    });
    const named = { ...place, variable: 'IDLM_DOCTOR_TEST' };
    const advice = 'set IDLM_DOCTOR_TEST to a folder elsewhere';
    expect(await examinePlace(named)).toEqual({ what: 'cache', state: 'warning', found, advice });
    process.env['IDLM_DOCTOR_TEST'] = place.folder;
    expect(await examinePlace(named)).toEqual({ what: 'cache', state: 'error', found, advice });
  });
});

describe('examinePlaces', () => {
  it('looks where variables say that caches are, and where the process stands', async () => {
    const [home, hub] = [join(folder, 'home'), join(folder, 'hub')];
    Object.assign(process.env, { IDLM_HOME: home, HF_HUB_CACHE: hub });
    const [cache, hubCache, here, memory, ...others] = await examinePlaces();
    expect(others).toEqual([]);
    expect([cache, hubCache, here].map((one) => [one!.what, one!.found.split(' can be written')[0]])).toEqual([
      ['cache', home],
      ['Hub cache', hub],
      ['this folder', process.cwd()],
    ]);
    expect([cache, hubCache, here].map((one) => one!.found.split('free, for ')[1])).toEqual([
      ...['the native engine', 'models that are pulled', 'runs'],
    ]);
    expect(memory).toMatchObject({
      what: 'memory',
      found: expect.stringMatching(/^[\d.]+ [kMGT]?B free of [\d.]+ [kMGT]B$/),
    });
  });

  it.each([
    ['IDLM_HOME', 0],
    ['HF_HUB_CACHE', 1],
  ])('finds that what %s names cannot be written, and nothing else broken', async (variable, at) => {
    process.env[variable] = join(folder, 'file', 'below');
    const found = await examinePlaces();
    expect(found.map(({ state }, i) => (state === 'error' ? i : -1)).filter((i) => i >= 0)).toEqual([at]);
    expect(found[at]!.advice).toBe(`set ${variable} to a folder elsewhere`);
  });

  it.each([
    [2e9, { state: 'ok' }],
    [1.5e9, { state: 'warning', advice: 'a training says by --dry-run what it takes' }],
  ])('of %d bytes of memory says whether they are few', async (free, expected) => {
    const available = jest.spyOn(process, 'availableMemory').mockReturnValue(free);
    const memory = (await examinePlaces()).at(-1);
    available.mockRestore();
    expect(memory).toMatchObject({ ...expected, found: expect.stringMatching(/^(2|1\.5) GB free of /) });
    expect('advice' in memory!).toBe('advice' in expected);
  });
});
