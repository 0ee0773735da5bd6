import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as FileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, zipOf } from '../../test/archives';
import { type Answer, type LocalServer, bytes, serve, text } from '../../test/server';
import { type InstallSteps, installNative } from './install';
import { libraryNames } from './locations';
import { type InstallOptions, planInstall } from './plan';
import type { InstallProgress } from './progress';

/** What happens before a folder is renamed. */
let beforeRename: (from: string, to: string) => void;
jest.mock('node:fs/promises', () => {
  const actual = jest.requireActual<typeof FileSystem>('node:fs/promises');
  const rename: typeof actual.rename = async (from, to) => {
    beforeRename(from as string, to as string);
    return actual.rename(from, to);
  };
  return { ...actual, rename };
});

const supported = (() => {
  try {
    return Boolean(planInstall());
  } catch {
    return false;
  }
})();
if (!supported) console.info('This platform has no native engine: its installation is not tested here.');

let cacheDir: string;
let server: LocalServer | undefined;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'idlm-install-'));
  beforeRename = () => {};
});
afterEach(async () => {
  await server?.close();
  rmSync(cacheDir, { recursive: true });
});

const content = Object.fromEntries(libraryNames().map((name, i) => [`tensorflow/${name}`, `library ${i}`]));
const wheel = zipOf({ 'tensorflow/__init__.py': 'pass', ...content });

/** The network and the unpacking are real; the libraries are not, so neither can their test be. */
const steps = (version: string): InstallSteps => ({
  verify: async () => ({ version, devices: ['CPU'] }),
  kernels: async (target) => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'register_all_kernels.js'), '');
  },
});

/** An index that lists this platform's wheel of a version, and the wheel. */
async function index(version: string, answer: Answer, { json = false, hash = sha256(wheel) } = {}): Promise<string> {
  const { package: name, file, platform } = planInstall({ version }).wheels[0]!;
  const filename = file || `${name.replaceAll('-', '_')}-${version}-cp311-cp311-${platform}.whl`;
  const listing = json
    ? text(
        JSON.stringify({ files: [{ filename, url: '/f.whl', hashes: { sha256: hash } }] }),
        'application/vnd.pypi.simple.v1+json',
      )
    : text(`<a href="/f.whl#sha256=${hash}">${filename}</a>`);
  server = await serve({ [`/simple/${name}/`]: listing, '/f.whl': answer });
  return `${server.url}/simple`;
}

const install = (options: InstallOptions & { onProgress?: (progress: InstallProgress) => void }, version = '9.9.9') =>
  installNative({ cacheDir, version, ...options }, steps(version));
const NOTHING: string[] = [];

(supported ? describe : describe.skip)('installNative', () => {
  it.each([true, false])('installs from an index (JSON: %s) and says what it does', async (json) => {
    const seen: InstallProgress[] = [];
    const indexUrl = await index('9.9.9', bytes(wheel), { json });
    const { home, fresh } = await install({ indexUrl, onProgress: (progress) => seen.push(progress) });
    expect(fresh).toBe(true);
    for (const [i, name] of libraryNames().entries())
      expect(readFileSync(join(home, 'lib', name), 'utf8')).toBe(`library ${i}`);
    expect(existsSync(join(home, 'kernels', 'register_all_kernels.js'))).toBe(true);
    expect(JSON.parse(readFileSync(join(home, 'complete.json'), 'utf8'))).toMatchObject({
      version: '9.9.9',
      sha256: [sha256(wheel)],
    });
    expect(readdirSync(cacheDir)).toHaveLength(1);
    expect(seen[0]!.message).toMatch(
      /downloads \d+ MB .* keeps about \d+ MB in .*; choose the wasm engine to do without/,
    );
    expect(seen).toContainEqual(expect.objectContaining({ received: wheel.length, total: wheel.length }));
  });

  it('does nothing when it is installed, unless forced', async () => {
    const indexUrl = await index('9.9.9', bytes(wheel));
    await install({ indexUrl });
    const requests = server!.requests.length;
    expect(await install({ indexUrl })).toMatchObject({ fresh: false });
    expect(server!.requests).toHaveLength(requests);
    expect(await install({ indexUrl, force: true })).toMatchObject({ fresh: true });
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it('follows redirects and sends the login of the address', async () => {
    let login: string | undefined;
    const indexUrl = await index('9.9.9', (request, response) => {
      login = request.headers.authorization;
      response.writeHead(302, { location: '/moved.whl' }).end();
    });
    await expect(install({ indexUrl: indexUrl.replace('//', '//me:secret@') })).rejects.toThrow('/f.whl answered 404');
    expect(login).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
  });

  it.each<[string, Answer, string]>([
    ['is missing', (_, response) => void response.writeHead(404).end(), 'answered 404'],
    ['ends early', bytes(wheel.subarray(0, 70)), 'ends too early'],
    ['is a page of HTML', bytes(Buffer.from('<html>'.repeat(20))), 'not a wheel'],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': wheel.length }).write(wheel.subarray(0, 70));
        setTimeout(() => response.destroy(), 20);
      },
      'broke off',
    ],
    ['holds no libraries', bytes(zipOf({ 'tensorflow/__init__.py': 'pass' })), 'sha256'],
  ])('leaves nothing behind when the wheel %s', async (_, answer, message) => {
    const indexUrl = await index('9.9.9', answer);
    await expect(install({ indexUrl })).rejects.toThrow(message);
    expect(readdirSync(cacheDir)).toEqual(NOTHING);
  });

  it('refuses another wheel than the pinned one even if the index vouches for it', async () => {
    const indexUrl = await index('2.19.1', bytes(wheel));
    await expect(install({ indexUrl }, '2.19.1')).rejects.toThrow(
      `has the sha256 ${sha256(wheel)} instead of ${planInstall().wheels[0]!.sha256}`,
    );
    expect(readdirSync(cacheDir)).toEqual(NOTHING);
  });

  it('names an index that cannot be reached', async () => {
    const indexUrl = await index('9.9.9', bytes(wheel));
    await server!.close();
    await expect(install({ indexUrl })).rejects.toThrow(/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/);
  });

  it('keeps an older installation when verifying a new one fails', async () => {
    const indexUrl = await index('9.9.9', bytes(wheel));
    const { home } = await install({ indexUrl });
    const failing = { ...steps('9.9.9'), verify: () => Promise.reject(new Error('no AVX')) };
    await expect(installNative({ cacheDir, version: '9.9.9', indexUrl, force: true }, failing)).rejects.toThrow('AVX');
    expect(existsSync(join(home, 'complete.json'))).toBe(true);
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it('puts an older installation back when the new one cannot take its place', async () => {
    const indexUrl = await index('9.9.9', bytes(wheel));
    const { home } = await install({ indexUrl });
    writeFileSync(join(home, 'own.txt'), 'the older one');
    beforeRename = (from, to) => {
      if (to === home && /home$/.test(from)) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
    };
    await expect(install({ indexUrl, force: true })).rejects.toThrow('busy');
    expect(readFileSync(join(home, 'own.txt'), 'utf8')).toBe('the older one');
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it('leaves that of a process that was faster in its place', async () => {
    const indexUrl = await index('9.9.9', bytes(wheel));
    beforeRename = (_, to) => {
      mkdirSync(to, { recursive: true });
      writeFileSync(join(to, 'complete.json'), '{"by":"another"}');
    };
    const { home } = await install({ indexUrl });
    expect(readFileSync(join(home, 'complete.json'), 'utf8')).toBe('{"by":"another"}');
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  describe('from what the user has', () => {
    const give = (path: string) => {
      const folder = join(cacheDir, 'given', path);
      mkdirSync(folder, { recursive: true });
      for (const [name, body] of Object.entries(content)) writeFileSync(join(folder, name.slice(11)), body);
      return join(cacheDir, 'given');
    };

    it.each(['', 'tensorflow', 'lib'])('takes a folder that holds the libraries in "%s"', async (path) => {
      const { home } = await install({ from: give(path), version: '2.19.1' }, '7.7.7');
      expect(home).toContain('tensorflow-7.7.7-');
      expect(readFileSync(join(home, 'lib', libraryNames()[1]), 'utf8')).toBe('library 1');
    });

    it('takes a wheel, but none that has a pinned name and another content', async () => {
      const [own, pinned] = ['own.whl', planInstall().wheels[0]!.file].map((name) => join(cacheDir, name)) as [
        string,
        string,
      ];
      for (const file of [own, pinned]) writeFileSync(file, wheel);
      expect((await install({ from: own, version: '2.19.1' })).fresh).toBe(true);
      await expect(install({ from: pinned, version: '2.19.1' })).rejects.toThrow('instead of');
    });

    it('refuses what is not there or holds no libraries', async () => {
      await expect(install({ from: join(cacheDir, 'absent') })).rejects.toThrow('There is no');
      await expect(install({ from: cacheDir })).rejects.toThrow(`holds no ${libraryNames()[0]}`);
    });
  });
});
