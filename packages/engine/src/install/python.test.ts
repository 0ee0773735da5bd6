import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WheelPin } from './pins';
import { explainFailure, fetchWithPython } from './python';

const wheel: WheelPin = {
  package: 'some-lib',
  version: '1.2.3',
  file: 'some_lib-1.2.3-cp311-cp311-manylinux_2_17_x86_64.whl',
  sha256: 'ab'.repeat(32),
  bytes: 3,
  platform: 'manylinux_2_17_x86_64',
};

describe('explainFailure', () => {
  it.each([
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', 'its hash differs'],
    ["OSError: [Errno 28] No space left on device: '/x'", 'The disk is full'],
    ['ERROR: No matching distribution found for some-lib==1.2.3', 'has no some-lib 1.2.3'],
    [
      'WARNING: Retrying (Retry(total=0)) after connection broken by NewConnectionError\nERROR: No matching distribution found',
      'cannot reach its package index',
    ],
    ['error: Failed to fetch: error sending request for url\n  Caused by: dns error', 'cannot reach'],
    ['something\nERROR: some-lib is cursed\nhint: none', 'could not fetch some-lib 1.2.3: ERROR: some-lib is cursed.'],
    ['', 'it gave no reason'],
  ])('%j', (output, expected) => expect(explainFailure('pip', wheel, output)).toContain(expected));
});

describe('fetchWithPython', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-python-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that stands for pip or uv: keeps its arguments and ends as told. */
  const tool = (via: 'pip' | 'uv', code: number) => {
    const program = join(folder, via);
    writeFileSync(program, `#!/bin/sh\necho "$@" > "${folder}/arguments"\necho "ERROR: told so" >&2\nexit ${code}\n`);
    chmodSync(program, 0o755);
    return { via, command: [program] } as const;
  };
  const given = () => readFileSync(join(folder, 'arguments'), 'utf8').trim();

  it('has pip check the pinned hash for the platform of the libraries', async () => {
    await fetchWithPython(tool('pip', 0), wheel, folder, 'https://index.example');
    expect(given()).toMatch(/^download --no-deps .*--platform manylinux_2_17_x86_64 /);
    expect(given()).toMatch(/--require-hashes --index-url https:\/\/index\.example$/);
    expect(readFileSync(join(folder, 'requirements.txt'), 'utf8')).toBe(
      `some-lib==1.2.3 --hash=sha256:${wheel.sha256}\n`,
    );
  });

  it.each([
    ['manylinux_2_17_x86_64', 'x86_64-manylinux_2_17'],
    ['manylinux_2_17_aarch64', 'aarch64-manylinux_2_17'],
    ['macosx_12_0_arm64', 'aarch64-apple-darwin'],
  ])('names %s to uv as %s, without a hash where none is pinned', async (platform, expected) => {
    await fetchWithPython(tool('uv', 0), { ...wheel, platform, sha256: '' }, folder, undefined);
    expect(given()).toContain(`--python-platform ${expected}`);
    expect(given()).not.toContain('--require-hashes');
  });

  it('passes on the reason of a failure', async () => {
    await expect(fetchWithPython(tool('pip', 1), wheel, folder, undefined)).rejects.toThrow('told so');
  });
});
