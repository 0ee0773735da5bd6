import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nativePaths } from './locations';
import { VERSIONS, WHEELS } from './pins';
import { type InstallOptions, planInstall } from './plan';

const LINUX = { platform: 'linux', arch: 'x64', glibc: '2.36' };

let cacheDir: string;
beforeEach(() => (cacheDir = mkdtempSync(join(tmpdir(), 'idlm-plan-'))));
afterEach(() => rmSync(cacheDir, { recursive: true }));

const plan = (options: InstallOptions = {}) => planInstall({ cacheDir, ...options }, LINUX);

function finish(options: { version: string; gpu?: boolean }): void {
  const { complete } = nativePaths(cacheDir, options);
  mkdirSync(dirname(complete));
  writeFileSync(complete, '{}');
}

it('is the pinned wheel, with what it downloads and keeps', () => {
  const { wheels, download, disk, installed, home, sentence } = plan();
  expect(wheels).toEqual(WHEELS['linux-x64']);
  expect([download, disk]).toEqual([wheels[0]!.bytes, 2.1 * wheels[0]!.bytes]);
  expect([installed, home]).toEqual([false, nativePaths(cacheDir, { version: VERSIONS.tensorflow }).home]);
  expect(sentence).toBe(
    `The native engine downloads 252 MB (tensorflow-cpu ${VERSIONS.tensorflow}) and keeps about 529 MB in ${home}; choose the wasm engine to do without.`,
  );
});

it('adds up the wheels of CUDA, which grow less', () => {
  const { wheels, download, disk, home } = plan({ gpu: true });
  const [tensorflow, ...cuda] = wheels.map(({ bytes }) => bytes) as [number, ...number[]];
  const rest = cuda.reduce((a, b) => a + b);
  expect(cuda.length).toBeGreaterThan(0);
  expect(download).toBe(tensorflow + rest);
  expect(disk).toBeCloseTo(2.1 * tensorflow + 1.4 * rest, -1);
  expect(home).toMatch(/-gpu$/);
});

it('knows neither file nor hash of another version, and keeps those of CUDA', () => {
  const { wheels, home, sentence } = plan({ version: '9.9.9', gpu: true });
  expect(wheels[0]).toMatchObject({ package: 'tensorflow', version: '9.9.9', file: '', sha256: '' });
  expect(wheels.slice(1)).toEqual(WHEELS['linux-x64-gpu']!.slice(1));
  expect(home).toContain('tensorflow-9.9.9-');
  expect(sentence).toContain('(tensorflow 9.9.9)');
});

it('downloads nothing where the user has it', () => {
  const { download, disk, sentence } = plan({ from: '/mine/site-packages' });
  expect(download).toBe(0);
  expect(disk).toBeGreaterThan(0);
  expect(sentence).toContain('is taken from /mine/site-packages and keeps about');
});

it.each<[InstallOptions, boolean, RegExp]>([
  [{}, true, /^The native engine is installed in .+\.$/],
  [{ force: true }, true, /downloads 252 MB/],
  [{ from: '/mine' }, true, /is taken from \/mine/],
  [{ version: '9.9.9' }, false, /downloads/],
  [{ gpu: true }, false, /downloads/],
])('where one is installed %j: %s', (options, installed, sentence) => {
  finish({ version: VERSIONS.tensorflow });
  expect(plan(options).installed).toBe(installed);
  expect(plan(options).sentence).toMatch(sentence);
});

it('is refused for a machine without wheels, before anything is looked at', () => {
  expect(() => planInstall({ cacheDir: '/nowhere' }, { platform: 'sunos', arch: 'x64' })).toThrow(
    'There is no native engine for sunos-x64, only for linux-x64, linux-arm64, darwin-arm64: use the wasm engine.',
  );
});
