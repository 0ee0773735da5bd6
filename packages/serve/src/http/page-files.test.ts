import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toyModel } from '../../test/toy-model';
import { createServer } from '../index';

let page: string;
beforeEach(() => {
  page = mkdtempSync(join(tmpdir(), 'idlm-page-'));
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>A page</title>');
  writeFileSync(join(page, 'weights.bin'), new Uint8Array(100));
});
afterEach(() => rmSync(page, { recursive: true }));

const serverOf = (options: object) => createServer({ models: [toyModel().source], ...options }).app;

it('serves the files of a page beside the routes of the server, in parts too', async () => {
  const app = serverOf({ page });
  const home = await app.request('/');
  expect([home.status, home.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);
  expect(await home.text()).toContain('A page');
  const part = await app.request('/weights.bin', { headers: { range: 'bytes=10-19' } });
  expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 10]);
  expect((await app.request('/v1/models')).status).toBe(200);
  expect((await app.request('/missing')).status).toBe(404);
  expect((await app.request('/../package.json')).status).toBe(404);
});

it('counts requests by the patterns of their routes, also those that are refused, and files by one', async () => {
  const app = serverOf({ page, token: 'word' });
  const asked = [
    '/',
    '/weights.bin',
    '/missing',
    '/page.json',
    '/v1/models',
    '/v1/models/a',
    '/v1/models/b',
    '/v1/none',
  ];
  for (const path of asked) await (await app.request(path)).text();
  await (await app.request('/v1/models', { method: 'PUT' })).text();
  const numbers = await (await app.request('/metrics', { headers: { authorization: 'Bearer word' } })).text();
  const counted = [...numbers.matchAll(/^idlm_request_seconds_count\{route="(.*)",status="(\d+)"\} (\d+)$/gm)];
  expect(counted.map(([, ...parts]) => parts.join(' ')).sort()).toEqual([
    '/* 200 2',
    '/* 401 1',
    '/* 404 1',
    '/page.json 200 1',
    '/v1/models 401 1',
    '/v1/models/:id{.+} 401 2',
    'none 401 1',
  ]);
});

it('serves no file that a link leads to out of the folder', async () => {
  const app = serverOf({ page });
  const outside = mkdtempSync(join(tmpdir(), 'idlm-outside-'));
  try {
    for (const name of ['secret.txt', 'index.html']) writeFileSync(join(outside, name), 'not for everybody');
    mkdirSync(join(page, 'inner'));
    symlinkSync(join(outside, 'secret.txt'), join(page, 'link.txt'));
    symlinkSync(outside, join(page, 'folder'));
    symlinkSync(join(outside, 'index.html'), join(page, 'inner/index.html'));
    symlinkSync('weights.bin', join(page, 'own.bin'));
    const asked = ['/link.txt', '/folder/secret.txt', '/folder', '/folder/', '/inner', '/inner/', '/own.bin'];
    const answers = await Promise.all(asked.map(async (path) => app.request(path)));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 200]);
  } finally {
    rmSync(outside, { recursive: true });
  }
});

it('says in what a page holds that there is a server', async () => {
  const app = serverOf({ page });
  const contents = async () => (await app.request('/page.json')).json();
  expect(await contents()).toEqual({ models: [], server: true });
  writeFileSync(join(page, 'page.json'), '{"models":[{"name":"student"}],"judge":"student"}');
  expect(await contents()).toEqual({ models: [{ name: 'student' }], judge: 'student', server: true });
});

it.each([
  ['{"models":', 'is no JSON'],
  [`{"models":${'['.repeat(500)}${']'.repeat(500)}}`, 'holds more than 500 lists and objects within one another'],
  ['[1]', 'holds no JSON object'],
  ['null', 'holds no JSON object'],
])('tells of a page whose contents are damaged, without its place (case %#)', async (text, fault) => {
  writeFileSync(join(page, 'page.json'), text);
  const answer = await serverOf({ page }).request('/page.json');
  const { error } = (await answer.json()) as { error: { message: string } };
  expect([answer.status, error.message]).toEqual([
    500,
    expect.stringMatching(new RegExp(`^The page\\.json of this server's page ${fault}.*; write the page again\\.$`)),
  ]);
  expect(error.message).not.toContain(page);
});

it('has no page where none is given', async () => {
  expect((await serverOf({}).request('/')).status).toBe(404);
});
