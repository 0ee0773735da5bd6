import type { RandomStream } from '@idlm/core-diffusion';
import { type Draw, mutateBytes, pick } from '../mutate';

/** How a request reaches the server. */
export interface Sending {
  /** Written one after another. */
  readonly pieces: readonly Buffer[];
  /**
   * When the client goes: with the last of the answer; while it is computed or told; before the request was sent to its end; or,
   * with such a part of it, not at all, so that the server has to end it.
   */
  readonly goes: 'answered' | 'early' | 'cut' | 'never';
}

/** Routes, and what else may be asked for there. `ID` is a writing that is retained. */
const ROUTES = [
  ...['POST /v1/completions', 'POST /v1/completions', 'POST /v1/completions', 'POST /v1/frames', 'POST /v1/frames'],
  ...[
    'GET /v1/frames/ID',
    'DELETE /v1/frames/ID',
    'GET /v1/models',
    'GET /v1/models/student',
    'OPTIONS /v1/completions',
  ],
  ...['GET /metrics', 'GET /ready', 'GET /', 'HEAD /page.json'],
];

const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'G\u0000T'];

const PATHS = [
  ...['/../request.ts', '/..%2frequest.ts', '/%2e%2e/request.ts', '/..\\request.ts', '/%00', '/%', '//example.org/'],
  ...['http://example.org/v1/models', '*', '/v1/models/__proto__', '/v1/frames/constructor', '/v1/models/%ff', '/?a=%'],
  ...['/v1//completions', `/${'a/'.repeat(2000)}`, `/v1/models/${'a'.repeat(3000)}`],
];

const HEADERS = [
  ...['host: b', 'host: ///', 'content-length: 5', 'content-length: -1', 'content-length: 99999999999999999999'],
  ...['transfer-encoding: chunked', 'transfer-encoding: gzip', 'content-encoding: gzip', 'expect: 100-continue'],
  ...['expect: more', 'upgrade: websocket\r\nconnection: upgrade', 'connection: keep-alive', 'origin: null'],
  ...['content-type: text/plain', 'content-type: application/json; charset=utf-16', 'last-event-id: -1'],
  ...['last-event-id: 1e999', 'range: bytes=0-,0-,0-', 'if-none-match: *', 'accept-encoding: *;q=x', '__proto__: a'],
  ...[' folded: a', 'a b: c', ': c', 'x: \u0000', `x: ${'a'.repeat(30_000)}`, 'x: a\r\n'.repeat(3000).trimEnd()],
];

/** A body as its length tells, or in chunks. */
function framed(body: Buffer, draw: Draw): { readonly headers: readonly string[]; readonly bytes: Buffer } {
  if (draw(6)) return { headers: [`content-length: ${body.length}`], bytes: body };
  const middle = draw(body.length + 1);
  const chunks = [body.subarray(0, middle), body.subarray(middle)].filter((chunk) => chunk.length);
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return { headers: ['transfer-encoding: chunked'], bytes: Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]) };
}

/** A request with a body, and with a head of which some are not as they should be. */
function requestOf(body: Buffer, id: string, random: RandomStream, draw: Draw): Buffer {
  const [method, path] = pick(ROUTES, draw).replace('ID', id).split(' ') as [string, string];
  const line = `${draw(8) ? method : pick(METHODS, draw)} ${draw(8) ? path : pick(PATHS, draw)} HTTP/1.1`;
  const { headers, bytes } = method === 'POST' ? framed(body, draw) : { headers: [], bytes: Buffer.alloc(0) };
  const odd = draw(4) ? [] : [pick(HEADERS, draw)];
  const lines = [line, 'host: a', 'connection: close', 'content-type: application/json', ...headers, ...odd, '', ''];
  const head = Buffer.from(lines.join('\r\n'), 'latin1');
  return Buffer.concat([draw(6) ? head : mutateBytes(head, random), bytes]);
}

/** Bytes in one to five pieces. */
function inPieces(bytes: Buffer, draw: Draw): readonly Buffer[] {
  const cuts = Array.from({ length: draw(5) }, () => draw(bytes.length + 1)).toSorted((a, b) => a - b);
  return [...cuts, bytes.length].map((end, i) => bytes.subarray(cuts[i - 1] ?? 0, end));
}

/** A body as it is sent. @param id a writing that is retained */
export function sendingOf(body: Buffer, id: string, random: RandomStream): Sending {
  const draw: Draw = (count) => random.integers(1, count)[0]!;
  const request = requestOf(body, id, random, draw);
  const kind = draw(200);
  if (kind < 1) return { pieces: [request.subarray(0, draw(request.length))], goes: 'never' };
  if (kind < 30) return { pieces: inPieces(request.subarray(0, draw(request.length)), draw), goes: 'cut' };
  if (kind < 60) return { pieces: [request], goes: 'early' };
  if (kind < 70) return { pieces: [request, request], goes: 'answered' };
  return { pieces: kind < 100 ? inPieces(request, draw) : [request], goes: 'answered' };
}
