import { join } from 'node:path';
import { logLinear } from '@idlm/core-diffusion';
import { type HostRequest, dit, hostDenoiser } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import { type OnnxWeights, compareNetworks, exportOnnx } from '@idlm/onnx';
import type { Browser } from 'playwright-core';
import { describeWithBrowser, openBrowser } from './chromium';
import { serveGraphs } from './graph-server';

const STUDENT = join(__dirname, '../../../cli/assets/pair/student');

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
    const server = await serveGraphs({ script: 'logits.ts', wasm: 'ort-wasm-simd-threaded.wasm', graphs });
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
