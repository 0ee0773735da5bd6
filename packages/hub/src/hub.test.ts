import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, realpath, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type LocalHub, localHub } from '@idlm/tools/local-hub';
import { cachedModel } from './cache';
import { downloadFile } from './download';
import { hubSettings, isRepositoryName, pullModel, pushModel } from './index';
import { parseRepository } from './repository';

const TOKEN = 'hf_ofThisTest';
const COMMIT = 'a1'.repeat(20);
const WEIGHTS = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
/** Equal bytes; a matcher would compare them one by one. */
const holds = async (path: string, content: Uint8Array) => Buffer.compare(await readFile(path), content) === 0;
const bytes = (text: string) => new TextEncoder().encode(text);
const model = () => ({
  'config.json': bytes('{"model_type": "mdlm"}'),
  'model.safetensors': WEIGHTS,
  'README.md': bytes('# A model'),
  'modeling_mdlm.py': bytes('print("never fetched")'),
  'optimizer.pt': bytes('never fetched'),
  '.gitattributes': bytes('*.safetensors filter=lfs'),
});

let hub: LocalHub;
let cache: string;
const settings = (token?: string) => ({ endpoint: hub.endpoint, cache, offline: false, ...(token ? { token } : {}) });
const pull = (name = 'org/model', token?: string) => pullModel(name, { settings: settings(token) });

beforeEach(async () => {
  hub = await localHub(TOKEN);
  cache = await mkdtemp(join(tmpdir(), 'hub-'));
  hub.repositories.set('org/model', { commit: COMMIT, files: model() });
});
afterEach(async () => {
  await hub.close();
  await rm(cache, { recursive: true });
});

describe('a model that is pulled', () => {
  it("lies in the Hub's own cache, without code and the state of a training, each file with the bytes of the Hub", async () => {
    const seen: number[] = [];
    const pulled = await pullModel('org/model', {
      settings: settings(),
      onProgress: ({ bytes: there, total }) => seen.push(there / total),
    });
    const folder = join(cache, 'models--org--model', 'snapshots', COMMIT);
    expect(pulled).toEqual({ folder, commit: COMMIT });
    expect((await readdir(folder)).sort()).toEqual(['README.md', 'config.json', 'model.safetensors']);
    expect(await holds(join(folder, 'model.safetensors'), WEIGHTS)).toBe(true);
    expect(await readFile(join(cache, 'models--org--model', 'refs', 'main'), 'utf8')).toBe(COMMIT);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('is not fetched again, and only what changed is at another commit', async () => {
    await pull();
    hub.downloads.length = 0;
    await pull();
    expect(hub.downloads).toEqual([]);
    const other = 'b2'.repeat(20);
    hub.repositories.set('org/model', { commit: other, files: { ...model(), 'README.md': bytes('# Another') } });
    const { folder } = await pull();
    expect(hub.downloads).toEqual(['README.md']);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('# Another');
    expect(await holds(join(folder, 'model.safetensors'), WEIGHTS)).toBe(true);
  });

  it('goes on where the connection broke', async () => {
    hub.faults.set('model.safetensors', { breaksAfter: 100_000 });
    await expect(pull()).rejects.toThrow(/The download of model\.safetensors .* the same command goes on from there/);
    expect(await cachedModel(cache, parseRepository('org/model'))).toBeUndefined();
    const { folder } = await pull();
    expect(hub.downloads.filter((one) => one.startsWith('model'))).toEqual([
      'model.safetensors',
      'model.safetensors bytes=100000-',
    ]);
    expect(await holds(join(folder, 'model.safetensors'), WEIGHTS)).toBe(true);
  });

  it('comes whole to two that pull it at once, of whom one begins where the other is', async () => {
    let second: ReturnType<typeof pull> | undefined;
    const onProgress = ({ path, bytes: there }: { path: string; bytes: number }) => {
      if (path === 'model.safetensors' && there > 60_000) second ??= pull();
    };
    const { folder } = await pullModel('org/model', { settings: settings(), onProgress });
    expect(await second).toMatchObject({ folder });
    expect(await holds(join(folder, 'model.safetensors'), WEIGHTS)).toBe(true);
  });

  it('is whole where another process puts it in place after it was found in part, before its rest comes', async () => {
    const { folder } = await pull();
    const blob = await realpath(join(folder, 'model.safetensors'));
    const part = `${blob}.incomplete`;
    const file = { path: 'model.safetensors', size: WEIGHTS.length, hash: basename(blob) };
    await rename(blob, part);
    await truncate(part, 100_000);
    const another = async () => {
      await writeFile(part, WEIGHTS, { flag: 'r+' });
      await rename(part, blob);
      // A third one, which did not see that yet, begins.
      await writeFile(part, WEIGHTS.subarray(0, 10));
      return new Response(WEIGHTS.subarray(100_000), { status: 206 });
    };
    await downloadFile('', blob, file, { fetch: another, headers: {} });
    expect(await holds(blob, WEIGHTS)).toBe(true);
    expect(await holds(part, WEIGHTS.subarray(0, 10))).toBe(true);
  });

  it('says so where another process removes it meanwhile', async () => {
    const { folder } = await pull();
    const blob = await realpath(join(folder, 'model.safetensors'));
    const file = { path: 'model.safetensors', size: WEIGHTS.length, hash: basename(blob) };
    await rm(blob);
    const onBytes = () => void rmSync(`${blob}.incomplete`, { force: true });
    await expect(
      downloadFile('', blob, file, { fetch: async () => new Response(WEIGHTS), headers: {}, onBytes }),
    ).rejects.toThrow('Another process removed model.safetensors while it was downloaded; run the command again.');
  });

  it.each([
    ['is put in place where all of it had come', WEIGHTS, []],
    ['is fetched anew where as much of another came', WEIGHTS.map((byte) => byte ^ 1), ['model.safetensors']],
    ['is fetched anew where more had come than it has', new Uint8Array(400_000), ['model.safetensors']],
  ])('%s', async (_, there, fetched) => {
    const { folder } = await pull();
    const blob = await realpath(join(folder, 'model.safetensors'));
    await rm(blob);
    await writeFile(`${blob}.incomplete`, there);
    hub.downloads.length = 0;
    await pull();
    expect(hub.downloads).toEqual(fetched);
    expect(await holds(blob, WEIGHTS)).toBe(true);
  });

  it('begins a file anew where the server knows no ranges', async () => {
    hub.faults.set('model.safetensors', { breaksAfter: 100_000 });
    await expect(pull()).rejects.toThrow('broke off');
    hub.faults.set('model.safetensors', { wholeOnly: true });
    const { folder } = await pull();
    expect(await holds(join(folder, 'model.safetensors'), WEIGHTS)).toBe(true);
  });

  it.each(['model.safetensors', 'config.json'])(
    'is refused where %s has another hash, of which nothing is kept',
    async (path) => {
      hub.faults.set(path, { isChanged: true });
      await expect(pull()).rejects.toThrow(new RegExp(`What came of ${path} is not what the Hub lists \\(its hash is`));
      const blobs = await readdir(join(cache, 'models--org--model', 'blobs')).catch(() => []);
      expect(blobs.filter((name) => name.endsWith('.incomplete'))).toEqual([]);
      await expect(pull()).resolves.toMatchObject({ commit: COMMIT });
    },
  );

  it('is the one of the cache, and says so, where the Hub does not answer or is not to be asked', async () => {
    const { folder } = await pull();
    await hub.close();
    const unreachable = await pull();
    expect(unreachable).toEqual({
      folder,
      commit: COMMIT,
      note: expect.stringMatching(/that of the cache \(commit a1a1a1a1\): http:.* cannot be reached/),
    });
    const offline = await pullModel('org/model', { settings: { ...settings(), offline: true } });
    expect(offline.note).toContain('HF_HUB_OFFLINE is set');
    await expect(pull('org/other')).rejects.toThrow('cannot be reached');
    hub = await localHub(TOKEN);
  });

  it('is one of a checkpoint alone as well, also without the network', async () => {
    hub.repositories.set('org/trained', { commit: COMMIT, files: { 'best.ckpt': WEIGHTS } });
    const { folder } = await pull('org/trained');
    const offline = await pullModel('org/trained', { settings: { ...settings(), offline: true } });
    expect(offline.folder).toBe(folder);
    expect(await holds(join(folder, 'best.ckpt'), WEIGHTS)).toBe(true);
  });

  it('is the checkpoint that is chosen of several, which are listed where none is', async () => {
    const files = { 'ar.ckpt': bytes('ar'), 'mdlm.ckpt': bytes('mdlm'), 'README.md': bytes('# Two') };
    hub.repositories.set('org/several', { commit: COMMIT, files });
    await expect(pull('org/several')).rejects.toThrow(
      'org/several holds several checkpoints; choose one: idlm pull org/several --file ar.ckpt, idlm pull org/several --file mdlm.ckpt',
    );
    const chosen = (file: string, offline = false) =>
      pullModel('org/several', { settings: { ...settings(), offline }, file });
    await expect(chosen('duo.ckpt')).rejects.toThrow('holds no checkpoint duo.ckpt; it holds ar.ckpt, mdlm.ckpt');
    const { folder, checkpoint } = await chosen('mdlm.ckpt');
    expect(checkpoint).toBe(join(folder, 'mdlm.ckpt'));
    expect((await readdir(folder)).sort()).toEqual(['README.md', 'mdlm.ckpt']);
    expect(await chosen('mdlm.ckpt', true)).toMatchObject({ checkpoint });
    await expect(chosen('ar.ckpt', true)).rejects.toThrow('HF_HUB_OFFLINE is set');
  });

  it('is found where Python put it, without the network', async () => {
    const folder = join(cache, 'models--org--other', 'snapshots', COMMIT);
    await mkdir(folder, { recursive: true });
    await mkdir(join(cache, 'models--org--other', 'refs'));
    await writeFile(join(folder, 'config.json'), '{}');
    await writeFile(join(cache, 'models--org--other', 'refs', 'main'), COMMIT);
    expect(await cachedModel(cache, parseRepository('org/other'))).toEqual({ folder, commit: COMMIT });
    expect(await cachedModel(cache, parseRepository('org/other@v2'))).toBeUndefined();
    expect(await cachedModel(cache, parseRepository(`org/other@${COMMIT}`))).toEqual({ folder, commit: COMMIT });
  });

  it('needs a token where it is private', async () => {
    hub.repositories.set('org/closed', { commit: COMMIT, files: model(), private: true });
    await expect(pull('org/closed')).rejects.toThrow('The Hub answered 401 for org/closed at main: it needs a token');
    await expect(pull('org/closed', TOKEN)).resolves.toMatchObject({ commit: COMMIT });
  });

  it.each([
    [
      'a repository that is not there',
      'org/none',
      'The Hub answered 404 for org/none at main: there is no such repository',
    ],
    ['a revision that is not there', 'org/model@v9', 'The Hub answered 404 for org/model at v9'],
    ['no name', 'model', '"model" names no model of the Hub; write organisation/name'],
  ])('is refused for %s', async (_, name, message) => {
    await expect(pull(name)).rejects.toThrow(message);
  });

  it('is refused where a name would lead out of its folder, before anything is written', async () => {
    hub.repositories.set('org/astray', { commit: COMMIT, files: { ...model(), '../outside.json': bytes('{}') } });
    await expect(pull('org/astray')).rejects.toThrow('holds a file of the name "../outside.json"');
    expect(existsSync(join(cache, 'models--org--astray'))).toBe(false);
  });

  it.each(['', '../../../outside', 'main'])(
    'is refused where the list tells %j as a hash, by which nothing is checked',
    async (hash) => {
      hub.faults.set('config.json', { listedAs: hash });
      await expect(pull()).rejects.toThrow(`org/model lists config.json with the hash ${JSON.stringify(hash)}`);
      expect(await readdir(cache)).toEqual([]);
    },
  );

  it('is refused where a repository holds none', async () => {
    hub.repositories.set('org/text', { commit: COMMIT, files: { 'data.csv': bytes('a,b') } });
    await expect(pull('org/text')).rejects.toThrow('org/text holds no model.safetensors (but data.csv)');
  });

  it('ends by its signal, and goes on later', async () => {
    const controller = new AbortController();
    const ended = pullModel('org/model', {
      settings: settings(),
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(ended).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    await expect(pull()).resolves.toMatchObject({ commit: COMMIT });
  });
});

describe('a model that is pushed', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'model-'));
    for (const [name, content] of Object.entries(model())) await writeFile(join(folder, name), content);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes its repository, holds what a model is, and comes back byte for byte', async () => {
    const pushed = await pushModel(folder, 'me/student', { settings: settings(TOKEN) });
    expect(pushed.files).toEqual(['README.md', 'config.json', 'model.safetensors']);
    expect(Object.keys(hub.repositories.get('me/student')!.files).sort()).toEqual(pushed.files);
    const { folder: back } = await pull('me/student');
    for (const name of pushed.files)
      expect(await holds(join(back, name), await readFile(join(folder, name)))).toBe(true);
  });

  it('is private where that is asked, and refused where the repository is public', async () => {
    await pushModel(folder, 'me/closed', { settings: settings(TOKEN), private: true });
    await expect(pull('me/closed')).rejects.toThrow('401');
    await expect(pushModel(folder, 'me/closed', { settings: settings(TOKEN), private: true })).resolves.toMatchObject({
      files: ['README.md', 'config.json', 'model.safetensors'],
    });
    const files = {};
    hub.repositories.set('me/open', { commit: COMMIT, files });
    const open = pushModel(folder, 'me/open', { settings: settings(TOKEN), private: true });
    await expect(open).rejects.toThrow('me/open is there and public, so that nothing was pushed');
    expect(files).toEqual({});
  });

  it('keeps what an autoregressive one draws first tokens from', async () => {
    await writeFile(join(folder, 'first-token.json'), '{"counts": [1, 2]}');
    await pushModel(folder, 'me/scorer', { settings: settings(TOKEN) });
    const { folder: back } = await pull('me/scorer');
    expect(await readFile(join(back, 'first-token.json'), 'utf8')).toBe('{"counts": [1, 2]}');
  });

  it('takes the shards that its index names, whatever they are called, and no other file', async () => {
    await rm(join(folder, 'model.safetensors'));
    const shards = { 'weights-a.safetensors': 'a', 'weights-b.safetensors': 'b', 'optimizer.safetensors': 'state' };
    for (const [name, text] of Object.entries(shards)) await writeFile(join(folder, name), text);
    const map = { x: 'weights-b.safetensors', y: 'weights-a.safetensors' };
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
    const { files } = await pushModel(folder, 'me/shards', { settings: settings(TOKEN) });
    expect(files).toEqual([
      'README.md',
      'config.json',
      'model.safetensors.index.json',
      'weights-a.safetensors',
      'weights-b.safetensors',
    ]);
    const { folder: back } = await pull('me/shards');
    expect((await readdir(back)).sort()).toEqual([...files].sort());
    await rm(join(folder, 'weights-a.safetensors'));
    const torn = pushModel(folder, 'me/torn', { settings: settings(TOKEN) });
    await expect(torn).rejects.toThrow('names weights-a.safetensors, which is not there');
  });

  it('is refused without a token, with another one, and from a folder without a model', async () => {
    await expect(pushModel(folder, 'me/student', { settings: settings() })).rejects.toThrow('set HF_TOKEN');
    const wrong = pushModel(folder, 'me/student', { settings: settings('hf_other') });
    await expect(wrong).rejects.toThrow('The Hub answered 401 for me/student: it needs a token');
    await rm(join(folder, 'model.safetensors'));
    const empty = pushModel(folder, 'me/student', { settings: settings(TOKEN) });
    await expect(empty).rejects.toThrow('holds no model (config.json, model.safetensors)');
  });
});

describe('names and settings', () => {
  it.each(['org/name', 'org/name@v1.0', 'hf:org/name', 'hf://org/name', `a/b.c_d-e@${COMMIT}`])(
    '%s names a repository',
    (name) => expect(isRepositoryName(name)).toBe(true),
  );

  it.each(['name', 'a/b/c', '../up', 'runs/', '/home/x', 'a/..', 'a/.b', 'a/b@', 'C:\\models', 'a--b/c', ''])(
    '%p does not',
    (name) => expect(isRepositoryName(name)).toBe(false),
  );

  it('takes a revision from either place, and refuses two', () => {
    expect(parseRepository('org/name@v1')).toEqual({ name: 'org/name', revision: 'v1' });
    expect(parseRepository('org/name', 'refs/pr/2').revision).toBe('refs/pr/2');
    expect(() => parseRepository('org/name@v1', 'v2')).toThrow('names the revision v1, and v2 is given');
    expect(() => parseRepository('org/name@../../x')).toThrow('is no revision');
  });

  it("come from the environment as Python's do", async () => {
    const token = join(cache, 'token');
    await writeFile(token, 'hf_fromFile\n');
    expect(hubSettings({ HF_HOME: cache })).toEqual({
      endpoint: 'https://huggingface.co',
      token: 'hf_fromFile',
      cache: join(cache, 'hub'),
      offline: false,
    });
    expect(
      hubSettings({
        HF_TOKEN: 'hf_1',
        HF_ENDPOINT: 'https://mirror.example/',
        HF_HUB_CACHE: '/c',
        HF_HUB_OFFLINE: '1',
      }),
    ).toEqual({ endpoint: 'https://mirror.example', token: 'hf_1', cache: '/c', offline: true });
    // An empty one is none, as for Python.
    expect(hubSettings({ HF_HOME: cache, HF_TOKEN: '' }).token).toBe('hf_fromFile');
    expect(() => hubSettings({ HF_TOKEN: 'secret' })).toThrow(/^The token for the Hub does not begin with "hf_"/);
    expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow('is no address');
  });
});
