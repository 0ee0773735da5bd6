#!/usr/bin/env bash
# @huggingface/hub 2.17.5: downloadFileToCacheDir leaves an .incomplete file where a connection breaks, in the place where Python's
# library keeps what it goes on from, but the next call asks for the whole file again and writes over it.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @huggingface/hub@2.17.5
cat > run.mjs <<'J'
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { statSync } from 'node:fs';
import { downloadFileToCacheDir } from '@huggingface/hub';
console.debug = () => {};
const content = Buffer.alloc(3_000_000, 7);
const hash = createHash('sha256').update(content).digest('hex');
const commit = 'a1'.repeat(20);
let asked = [];
let breaks = true;
// One repository with one large file; the first download of it ends after a third.
const server = createServer((request, response) => {
  if (request.url.includes('/paths-info/'))
    return response.end(JSON.stringify([{ type: 'file', path: 'model.safetensors', size: content.length, oid: 'b'.repeat(40), lfs: { oid: hash, size: content.length, pointerSize: 134 }, lastCommit: { id: commit, date: '2026-01-01', title: '' } }]));
  const [, from, to] = /^bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const part = content.subarray(start, to ? Number(to) + 1 : undefined);
  response.writeHead(from === undefined || request.method === 'HEAD' ? 200 : 206, {
    'Content-Length': part.length, 'Content-Range': `bytes ${start}-${start + part.length - 1}/${content.length}`, 'Accept-Ranges': 'bytes',
    ETag: `"${hash}"`, 'X-Repo-Commit': commit, 'X-Linked-Size': content.length, 'X-Linked-ETag': `"${hash}"`,
  });
  if (request.method === 'HEAD') return response.end();
  if (part.length > 1) asked.push(request.headers.range ?? 'all');
  if (part.length > 1 && breaks) return response.write(part.subarray(0, 1_000_000), () => setTimeout(() => response.destroy(), 50));
  response.end(part);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const hubUrl = `http://127.0.0.1:${server.address().port}`;
const download = () => downloadFileToCacheDir({ repo: 'org/model', path: 'model.safetensors', revision: commit, hubUrl, cacheDir: 'cache' });
await download().catch(() => {});
const kept = statSync(`cache/models--org--model/blobs/${hash}.incomplete`).size;
breaks = false;
asked = [];
await download();
console.log(`kept after the break: ${kept > 0 ? 'a part' : 'nothing'}; then asked for: ${asked.join(' ')}`);
server.close();
server.closeAllConnections();
J
found=$(node run.mjs)
printf '%s\n' "$found"
[ "$found" = 'kept after the break: a part; then asked for: all' ] || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
