import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examineHub } from './hub';

const before = { ...process.env };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-'));
  for (const name of Object.keys(process.env)) if (/^(HF|HUGGING)/.test(name)) delete process.env[name];
  process.env['HF_HOME'] = folder;
});
afterEach(() => {
  process.env = { ...before };
  rmSync(folder, { recursive: true });
});

it('no token is nothing to mend, and what one is for is said', async () => {
  expect(await examineHub()).toEqual({
    what: 'Hub token',
    state: 'absent',
    found: 'none for https://huggingface.co; models that all may read are pulled without',
    advice: 'set HF_TOKEN to push models, or to pull others',
  });
});

it.each([
  ['a variable', () => (process.env['HF_TOKEN'] = 'hf_secret')],
  ['the file of a login', () => writeFileSync(join(folder, 'token'), 'hf_secret\n')],
])('a token of %s is found and not shown', async (_, set) => {
  set();
  expect(await examineHub()).toEqual({ what: 'Hub token', state: 'ok', found: 'set, for https://huggingface.co' });
});

it('another address is told, and that it is not asked', async () => {
  Object.assign(process.env, { HF_ENDPOINT: 'http://hub.example/', HF_HUB_OFFLINE: '1', HF_TOKEN: 'hf_secret' });
  expect(await examineHub()).toMatchObject({
    found: 'set, for http://hub.example, which is not asked (HF_HUB_OFFLINE)',
  });
});

it.each([
  [{ HF_TOKEN: 'secret' }, 'The token for the Hub does not begin with "hf_"; set HF_TOKEN to one of your account'],
  [{ HF_ENDPOINT: 'hub' }, 'HF_ENDPOINT is "hub", which is no address; it begins with https://'],
])('what cannot be one is an error that says what to do', async (set, found) => {
  Object.assign(process.env, set);
  expect(await examineHub()).toEqual({ what: 'Hub token', state: 'error', found });
});
