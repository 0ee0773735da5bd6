import type { Agreement } from '@idlm/onnx';
import { exportOnnx } from '@idlm/onnx';
import { useBackend } from '@idlm/tools/backend';
import { randomNetwork } from '@idlm/tools/random-network';
import type { Browser } from 'playwright-core';
import { describeWithBrowser, openBrowser } from './chromium';
import { serveGraphs } from './graph-server';

/** A graphics card in software; that of the machine, if there is one, would make the test another one. */
const FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

describeWithBrowser('WebGPU in Chromium', () => {
  let browser: Browser;
  beforeAll(useBackend);
  afterEach(() => browser.close());

  it('is trusted with our graphs: its logits are those of WebAssembly', async () => {
    const { exported, config, dispose } = randomNetwork();
    const { model } = await exportOnnx(exported);
    dispose();
    const wasm = 'ort-wasm-simd-threaded.asyncify.wasm';
    const server = await serveGraphs({ script: 'webgpu.ts', wasm, graphs: { f32: model } });
    browser = await openBrowser(...FLAGS);
    const page = await browser.newPage();
    await page.goto(server.address);
    await page.waitForFunction("typeof trustGraph === 'function'");
    const hasAdapter = await page.evaluate<boolean>('navigator.gpu?.requestAdapter().then(Boolean) ?? false');
    if (!hasAdapter) {
      server.close();
      return console.info('This Chromium has no WebGPU in software: it is not tried.');
    }
    const { vocabSize, length } = config;
    const { isTrusted, agreement } = await page.evaluate<{ isTrusted: boolean; agreement: Agreement }>(
      `trustGraph('/f32', ${JSON.stringify({ vocabSize, length, positions: 32 })})`,
    );
    server.close();
    expect(isTrusted).toBe(true);
    expect(agreement.positions).toBe(32);
    expect(agreement.greedy).toBe(1);
    // Another order of sums: the same to rounding, but not the same numbers.
    expect(agreement.largest).toBeLessThan(1e-5);
    expect(agreement.largest).toBeGreaterThan(0);
  }, 240_000);
});
