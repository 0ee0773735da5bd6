import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nativePaths } from './install/locations';
import { openEngine } from './open';

jest.mock('koffi', () => {
  throw new Error('Cannot find the native Koffi module');
});

const home = process.env['IDLM_HOME'];
const folder = mkdtempSync(join(tmpdir(), 'idlm-koffi-'));
afterAll(() => {
  if (home === undefined) delete process.env['IDLM_HOME'];
  else process.env['IDLM_HOME'] = home;
  rmSync(folder, { recursive: true });
});

it('opens WASM where native is installed and koffi has no binary, and says so', async () => {
  process.env['IDLM_HOME'] = folder;
  const { library, complete } = nativePaths(folder, { version: '2.19.1' });
  mkdirSync(dirname(library), { recursive: true });
  for (const file of [library, complete]) writeFileSync(file, '{}');
  const engine = await openEngine();
  expect(engine.name).toBe('wasm');
  expect(engine.reason).toMatch(/cannot be opened: koffi, .* \(Cannot find the native Koffi module\)/);
  await expect(openEngine({ prefer: 'native' })).rejects.toThrow('or choose wasm');
});
