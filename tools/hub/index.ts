import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository of the local hub: one commit. */
export interface LocalRepository {
  readonly commit: string;
  files: Record<string, Uint8Array>;
  readonly private?: boolean;
}

/** What goes wrong with a file, once. */
export interface Fault {
  /** The connection breaks after so many bytes. */
  readonly breaksAfter?: number;
  /** Its first byte is another one. */
  readonly isChanged?: boolean;
  /** Ranges are not known. */
  readonly wholeOnly?: boolean;
  /** It is answered with another status. */
  readonly status?: number;
  /** The list tells another hash. */
  readonly listedAs?: string;
}

/** A server that answers as the Hugging Face Hub does, on this machine. */
export interface LocalHub {
  readonly endpoint: string;
  readonly repositories: Map<string, LocalRepository>;
  /** By path. */
  readonly faults: Map<string, Fault>;
  /** Requests of contents: path and range. */
  readonly downloads: string[];
  close(): Promise<void>;
}

/** Files of these names are large ones, which the Hub keeps by sha256. */
const isLarge = (path: string): boolean => /\.(safetensors|ckpt|bin)$/.test(path);

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const gitHash = (content: Uint8Array): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

const entryOf = ([path, content]: [string, Uint8Array]) => ({
  ...{ type: 'file', path, size: content.length, oid: gitHash(content) },
  ...(isLarge(path) ? { lfs: { oid: sha256(content), size: content.length, pointerSize: 134 } } : {}),
});

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function json(response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(value));
}

/** Serves a content, or the range that is asked for, with its faults. */
function serve(request: IncomingMessage, response: ServerResponse, content: Uint8Array, fault: Fault = {}): void {
  const start = fault.wholeOnly ? 0 : Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = Buffer.from(content.subarray(start));
  if (fault.isChanged) part[0]! ^= 1;
  response.writeHead(start ? 206 : 200, {
    'Content-Length': String(part.length),
    ...(start ? { 'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  if (fault.breaksAfter === undefined) return void response.end(part);
  response.write(part.subarray(0, fault.breaksAfter), () => setTimeout(() => response.destroy(), 20));
}

/** Starts a local hub. @param token what private repositories ask for, and all changes */
export async function localHub(token: string): Promise<LocalHub> {
  const repositories = new Map<string, LocalRepository>();
  const [faults, downloads] = [new Map<string, Fault>(), [] as string[]];
  const uploads = new Map<string, Uint8Array>();
  let endpoint = '';

  const mayRead = (request: IncomingMessage, found: LocalRepository | undefined) =>
    !!found && (!found.private || request.headers.authorization === `Bearer ${token}`);

  function tree(response: ServerResponse, url: URL, { files }: LocalRepository): void {
    // Pages of two, so that a list is never whole at once.
    const at = Number(url.searchParams.get('cursor') ?? 0);
    const entries = Object.entries(files).map((file) => {
      const { listedAs: oid } = faults.get(file[0]) ?? {};
      return oid === undefined ? entryOf(file) : { type: 'file', path: file[0], size: file[1].length, oid };
    });
    url.searchParams.set('cursor', String(at + 2));
    const next = at + 2 < entries.length ? { Link: `<${url.toString()}>; rel="next"` } : undefined;
    json(response, entries.slice(at, at + 2), 200, next);
  }

  function resolve(request: IncomingMessage, response: ServerResponse, found: LocalRepository, path: string): void {
    const content = found.files[path];
    const fault = faults.get(path);
    faults.delete(path);
    if (!content || fault?.status) return json(response, { error: 'no entry' }, fault?.status ?? 404);
    const hash = isLarge(path) ? sha256(content) : gitHash(content);
    response.setHeader('X-Repo-Commit', found.commit).setHeader('ETag', `"${hash}"`);
    if (isLarge(path)) response.setHeader('X-Linked-ETag', `"${hash}"`).setHeader('X-Linked-Size', content.length);
    // Python asks for what a file is before it asks for the file.
    if (request.method === 'HEAD') return void response.writeHead(200, { 'Content-Length': content.length }).end();
    downloads.push(`${path} ${request.headers.range ?? ''}`.trim());
    if (!isLarge(path)) return serve(request, response, content, fault);
    uploads.set(sha256(content), content);
    if (fault) faults.set(sha256(content), fault);
    response.writeHead(302, { Location: `${endpoint}/content/${sha256(content)}` }).end();
  }

  async function commit(request: IncomingMessage, response: ServerResponse, found: LocalRepository): Promise<void> {
    const lines = (await bodyOf(request)).toString().trim().split('\n');
    for (const line of lines) {
      const { key, value } = JSON.parse(line) as { key: string; value: Record<string, string> };
      if (key === 'file') found.files[value['path']!] = Buffer.from(value['content']!, 'base64');
      if (key === 'lfsFile') found.files[value['path']!] = uploads.get(value['oid']!)!;
    }
    json(response, { success: true, commitOid: found.commit, commitUrl: `${endpoint}/commit`, hookOutput: '' });
  }

  async function write(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (/^\/content\//.test(path)) {
      uploads.set(path.slice('/content/'.length), await bodyOf(request));
      return void response.writeHead(200).end();
    }
    if (request.headers.authorization !== `Bearer ${token}`) return json(response, { error: 'no token' }, 401);
    if (path === '/api/repos/create') {
      const body: unknown = JSON.parse((await bodyOf(request)).toString());
      const { name, organization, visibility } = body as Record<string, string>;
      repositories.set(`${organization}/${name}`, {
        commit: 'c'.repeat(40),
        files: {},
        private: visibility === 'private',
      });
      return json(response, { url: `${endpoint}/${organization}/${name}`, name: `${organization}/${name}` });
    }
    if (path.endsWith('/objects/batch')) {
      const { objects } = JSON.parse((await bodyOf(request)).toString()) as {
        objects: { oid: string; size: number }[];
      };
      const upload = (oid: string) => ({ upload: { href: `${endpoint}/content/${oid}` } });
      return json(response, {
        transfer: 'basic',
        objects: objects.map((one) => ({ ...one, actions: upload(one.oid) })),
      });
    }
    const [, name, action] = /^\/api\/models\/([^/]+\/[^/]+)\/(preupload|commit)\//.exec(path) ?? [];
    const found = repositories.get(name ?? '');
    if (!found) return json(response, { error: 'Repository not found' }, 404);
    if (action === 'commit') return commit(request, response, found);
    const { files } = JSON.parse((await bodyOf(request)).toString()) as { files: { path: string }[] };
    const modeOf = ({ path: file }: { path: string }) => ({
      path: file,
      uploadMode: isLarge(file) ? 'lfs' : 'regular',
    });
    json(response, { files: files.map(modeOf) });
  }

  function read(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const path = decodeURIComponent(url.pathname);
    if (path.startsWith('/content/')) {
      const hash = path.slice('/content/'.length);
      const fault = faults.get(hash);
      faults.delete(hash);
      return serve(request, response, uploads.get(hash)!, fault);
    }
    const [, name = '', rest = ''] = /^\/(?:api\/models\/)?([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? [];
    const found = repositories.get(name);
    if (!mayRead(request, found)) return json(response, { error: 'Repository not found' }, found ? 401 : 404);
    const { commit: sha, private: isPrivate = false } = found!;
    const [, kind, revision, file = ''] = /^\/(revision|tree|resolve)\/([^/]+)\/?(.*)$/.exec(rest) ?? [];
    if (revision !== undefined && ![sha, 'main', 'HEAD'].includes(revision))
      return json(response, { error: 'Invalid rev id' }, 404);
    if (kind === 'tree') return tree(response, url, found!);
    if (kind === 'resolve') return resolve(request, response, found!, file);
    json(response, { _id: '1', id: name, sha, private: isPrivate, gated: false, downloads: 0, likes: 0 });
  }

  const server: Server = createServer((request, response) => {
    const url = new URL(request.url!, endpoint);
    if (request.method === 'GET' || request.method === 'HEAD') read(request, response, url);
    else void write(request, response, decodeURIComponent(url.pathname));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { endpoint, repositories, faults, downloads, close };
}
