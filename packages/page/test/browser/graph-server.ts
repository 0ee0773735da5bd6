import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What a page runs graphs with. */
interface GraphPage {
  /** The page's script: a TypeScript file beside this one. */
  readonly script: string;
  /** ONNX Runtime's WebAssembly: a file of onnxruntime-web. */
  readonly wasm: string;
  /** Graphs by the names under which the page finds them. */
  readonly graphs: Readonly<Record<string, Uint8Array>>;
}

/** Serves a page with a script, ONNX Runtime and graphs to this machine. */
export async function serveGraphs({ script, wasm, graphs }: GraphPage) {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, script)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@idlm/source'],
    logLevel: 'silent',
    write: false,
  });
  const runtime = createRequire(__filename).resolve(`onnxruntime-web/${wasm}`);
  const html = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>';
  const files: Record<string, () => readonly [string, string | Uint8Array]> = {
    '/': () => ['text/html', html],
    '/script.js': () => ['text/javascript', outputFiles[0]!.text],
    '/ort.wasm': () => ['application/wasm', readFileSync(runtime)],
  };
  const server = createServer(({ url = '' }, response) => {
    const [type, body] = files[url]?.() ?? ['application/octet-stream', graphs[url.slice(1)]!];
    response.setHeader('content-type', type).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}
