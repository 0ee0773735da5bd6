import { type LocalServer, serve, text } from '../../test/server';
import { findWheel, parseIndexPage } from './index-page';
import type { WheelPin } from './pins';

const HASH = 'ab'.repeat(32);
const PAGE = 'https://index.example/simple/tensorflow-cpu/';

describe('parseIndexPage', () => {
  it('reads JSON with absolute and relative addresses', () => {
    const files = [
      { filename: 'a.whl', url: '../../files/a.whl', hashes: { sha256: HASH } },
      { filename: 'b.whl', url: 'https://files.example/b.whl', hashes: {} },
    ];
    expect(parseIndexPage('application/vnd.pypi.simple.v1+json', JSON.stringify({ files }), PAGE)).toEqual([
      { file: 'a.whl', url: 'https://index.example/files/a.whl', sha256: HASH },
      { file: 'b.whl', url: 'https://files.example/b.whl', sha256: undefined },
    ]);
  });

  it('reads HTML with escapes, other attributes and missing hashes', () => {
    const html = `<!DOCTYPE html><h1>Links</h1>
      <a data-requires-python="&gt;=3.9" href="a%2Bcpu.whl?x=1&amp;y=2#sha256=${HASH}">a+cpu.whl</a><br/>
      <A class='x' HREF='/files/b.whl'> b.whl </A>`;
    expect(parseIndexPage('text/html; charset=utf-8', html, PAGE)).toEqual([
      { file: 'a+cpu.whl', url: `${PAGE}a+cpu.whl?x=1&y=2`, sha256: HASH },
      { file: 'b.whl', url: 'https://index.example/files/b.whl', sha256: undefined },
    ]);
  });
});

describe('findWheel', () => {
  const wheel: WheelPin = {
    package: 'some-lib',
    version: '1.2.3',
    file: 'some_lib-1.2.3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: HASH,
    bytes: 3,
    platform: 'manylinux_2_17_x86_64',
  };
  const unpinned = { ...wheel, file: '', sha256: '' };
  let server: LocalServer;
  const list = (names: string[], hash = '') =>
    text(names.map((name) => `<a href="/f/${name}${hash && `#sha256=${hash}`}">${name}</a>`).join('\n'));
  const start = async (names: string[], hash?: string) => {
    server = await serve({ '/simple/some-lib/': list(names, hash) });
    return `${server.url}/simple/`;
  };
  afterEach(() => server.close());

  it('takes the pinned file, and its pinned hash whatever the index says', async () => {
    const index = await start(['some_lib-1.2.3-cp312-cp312-x.whl', wheel.file], 'cd'.repeat(32));
    expect(await findWheel(index, wheel, {})).toEqual({ url: `${server.url}/f/${wheel.file}`, sha256: HASH });
  });

  it('takes another version by platform, whatever glibc its name asks for', async () => {
    const names = ['win_amd64', 'manylinux_2_27_aarch64', 'manylinux_2_28_x86_64', 'macosx_12_0_arm64'].map(
      (platform) => `some_lib-1.2.3-cp311-cp311-${platform}.whl`,
    );
    const index = await start(names, HASH);
    expect((await findWheel(index, unpinned, {})).url).toBe(`${server.url}/f/${names[2]}`);
    expect((await findWheel(index, { ...unpinned, platform: 'macosx_11_0_arm64' }, {})).url).toContain('macosx_12');
  });

  it('refuses an index without the file, or without a hash where none is pinned', async () => {
    const index = await start(['some_lib-1.2.3-cp311-cp311-manylinux_2_17_x86_64.whl']);
    await expect(findWheel(index, wheel, {})).rejects.toThrow(`does not list ${wheel.file}`);
    await expect(findWheel(index, unpinned, {})).rejects.toThrow('gives no sha256');
  });

  it.each([
    ['{"files": [', 'application/json'],
    ['{"error": "log in first"}', 'application/vnd.pypi.simple.v1+json'],
    [`<a href="http://[">${wheel.file}</a>`, 'text/html'],
  ])('refuses a page that is none: %s', async (body, type) => {
    server = await serve({ '/simple/some-lib/': text(body, type) });
    const index = server.url.replace('//', '//me:secret@');
    await expect(findWheel(`${index}/simple`, wheel, {})).rejects.toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(
          /^http:\/\/127\.0\.0\.1:\d+\/simple\/some-lib\/ is no page of a package index \(.+\): choose another with/,
        ),
      }),
    );
  });

  it('says that a page broke off', async () => {
    server = await serve({
      '/some-lib/': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html', 'content-length': 1000 }).write('<a');
        setImmediate(() => response.destroy());
      },
    });
    await expect(findWheel(server.url, wheel, {})).rejects.toThrow(
      /^The download broke off \(\w+\): check the network/,
    );
  });

  it('names the address and the answer of an index that refuses', async () => {
    await start([]);
    await expect(findWheel(`${server.url}/other`, wheel, {})).rejects.toThrow(
      `${server.url}/other/some-lib/ answered 404`,
    );
  });
});
