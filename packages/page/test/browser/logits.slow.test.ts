import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { logLinear } from '@idlm/core-diffusion';
import { type HostRequest, dit, hostDenoiser } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import { type OnnxWeights, compareNetworks, exportOnnx } from '@idlm/onnx';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { describeWithBrowser, openBrowser } from './chromium';

const STUDENT = join(__dirname, '../../../cli/assets/pair/student');

/** Serves the graphs by their kinds, and what runs them. */
async function serveGraphs(graphs: Partial<Record<OnnxWeights, Uint8Array>>) {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'logits.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@idlm/source'],
    logLevel: 'silent',
    write: false,
  });
  const wasm = createRequire(__filename).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  const files: Record<string, () => readonly [string, string | Uint8Array]> = {
    '/': () => [
      'text/html',
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/logits.js"></script>',
    ],
    '/logits.js': () => ['text/javascript', outputFiles[0]!.text],
    '/ort.wasm': () => ['application/wasm', readFileSync(wasm)],
  };
  const server = createServer(({ url = '' }, response) => {
    const [type, body] = files[url]?.() ?? ['application/octet-stream', graphs[url.slice(1) as OnnxWeights]!];
    response.setHeader('content-type', type).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}

describeWithBrowser('onnxruntime-web in Chromium', () => {
  let browser: Browser;
  afterEach(() => browser.close());

  it("gives the engine's logits, to rounding in float32 and nearly with 8 bits", async () => {
    const { compile } = await openEngine({ prefer: 'wasm' });
    const { network, parameters } = await loadModel(STUDENT);
    const read = async (name: string) => (await parameters[name]!.data()) as Float32Array;
    const kinds = ['f32', 'q8', 'int8'] as const;
    const graphs: Partial<Record<OnnxWeights, Uint8Array>> = {};
    for (const weights of kinds) graphs[weights] = (await exportOnnx({ network, read }, { weights })).model;
    const { vocabSize, length } = network.config;
    const own = hostDenoiser({ denoiser: dit(network.config as never), parameters, schedule: logLinear(), compile });
    const server = await serveGraphs(graphs);
    browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(server.address);
    await page.waitForFunction("typeof openGraph === 'function'");
    const agreement = async (weights: OnnxWeights) => {
      const graph = await page.evaluateHandle<(request: unknown) => Promise<number[]>>(`openGraph('/${weights}')`);
      const denoise = ({ tokens, length: L, t, positions }: HostRequest) =>
        graph.evaluate((run, request) => run(request), {
          tokens: [...tokens],
          length: L,
          t,
          positions: [...positions],
        });
      return compareNetworks(own.denoise, denoise, { vocabSize, length, positions: 64 });
    };
    const [f32, q8, int8] = [await agreement('f32'), await agreement('q8'), await agreement('int8')];
    server.close();
    expect(f32.largest).toBeLessThan(1e-4);
    expect(f32.greedy).toBe(1);
    // As in Node (@idlm/onnx says it over more positions), and so that a wrong scale would be seen.
    expect(q8.divergence.mean).toBeLessThan(5e-4);
    expect(int8.divergence.mean).toBeLessThan(5e-3);
    expect(int8.divergence.mean).toBeGreaterThan(q8.divergence.mean);
  }, 240_000);
});
