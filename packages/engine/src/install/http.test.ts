import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type LocalServer, serve, text } from '../../test/server';
import { bodyOf, request } from './http';

let server: LocalServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const start = async (answer: Answer): Promise<string> => {
  server = await serve({ '/': answer });
  return server.url;
};

async function textOf(address: string, settings = {}): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bodyOf(await request(`${address}/`, settings))) parts.push(part);
  return Buffer.concat(parts).toString();
}

it('gives the body of an answer, and sends the headers that are asked for', async () => {
  let accept: string | undefined;
  const address = await start((incoming, response) => {
    accept = incoming.headers.accept;
    response.end('body');
  });
  expect(await textOf(address)).toBe('body');
  await request(`${address}/`, {}, { accept: 'a/b' });
  expect(accept).toBe('a/b');
});

it.each([
  ['me:secret', 'me:secret'],
  [':token', ':token'],
  ['me', 'me:'],
  ['m%40e:p%C3%A4ss', 'm@e:päss'],
  // A percent sign that stands for itself.
  ['me:50%', 'me:50%'],
])('sends the login %s of an address as a header', async (login, expected) => {
  let sent: string | undefined;
  const address = await start((incoming, response) => {
    sent = incoming.headers.authorization;
    response.end();
  });
  await request(`${address.replace('//', `//${login}@`)}/`, {});
  expect(Buffer.from(sent!.replace(/^Basic /, ''), 'base64').toString()).toBe(expected);
});

it('sends no login where the address has none', async () => {
  let names: string[] = [];
  const address = await start((incoming, response) => {
    names = Object.keys(incoming.headers);
    response.end();
  });
  await request(`${address}/`, {});
  expect(names).not.toContain('authorization');
});

it('says so of a proxy that cannot be reached', async () => {
  await expect(request('http://index.example/', { proxy: 'http://127.0.0.1:9' })).rejects.toThrow(
    /^http:\/\/index\.example cannot be reached \(\w+\): check the network and the proxy, or give a wheel with --from\.$/,
  );
});

it.each(['', 'http://'])('goes by way of a proxy that is named as %s127.0.0.1, as pip does', async (scheme) => {
  const proxy = createServer(({ headers }, response) => void response.end(`${headers.host} by way of the proxy`));
  // A tunnel that is asked for leads back here.
  proxy.on('connect', (_, socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    proxy.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `${scheme}127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  expect(await textOf('http://index.example', { proxy: address })).toBe('index.example by way of the proxy');
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

describe('a file of certificates', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-http-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is trusted beside those of Node', async () => {
    const certificate = join(folder, 'ca.pem');
    writeFileSync(certificate, '');
    expect(await textOf(await start(text('body')), { certificate })).toBe('body');
  });

  it.each([
    ['absent.pem', 'ENOENT'],
    ['.', 'EISDIR'],
  ])('is refused by name where it cannot be read: %s', async (name, reason) => {
    const [address, certificate] = [await start(text('')), join(folder, name)];
    await expect(textOf(address, { certificate })).rejects.toThrow(
      `The certificates in ${certificate}, which the settings of pip or SSL_CERT_FILE name, cannot be read (${reason}): name a file of them.`,
    );
    expect(server!.requests).toEqual([]);
  });
});

it.each([401, 404, 500])('says that the answer is %i, and no login', async (status) => {
  const address = await start((_, response) => void response.writeHead(status).end());
  await expect(request(`${address.replace('//', '//me:secret@')}/`, {})).rejects.toThrow(
    `${address}/ answered ${status}: check --index-url and its login, or give a wheel with --from.`,
  );
});

it('says that a body broke off', async () => {
  const address = await start((_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('x');
    setImmediate(() => response.destroy());
  });
  await expect(textOf(address)).rejects.toThrow(/^The download broke off \(\w+\): check the network and run/);
});
