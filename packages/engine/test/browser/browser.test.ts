import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { bundled } from './bundle';
import { modelBytes } from './model';
import { writeText } from './write-text';

/** The browser of the distribution; the environment may name another. */
const CHROMIUM = process.env['IDLM_CHROMIUM'] ?? '/usr/bin/chromium';
const withBrowser = existsSync(CHROMIUM) ? it : it.skip;
if (!existsSync(CHROMIUM)) console.info(`There is no ${CHROMIUM}: pages are bundled here, and not opened.`);

/** Without an icon of its own the browser would ask for one. */
const PAGE = '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>';

const wasmFolder = dirname(createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm'));

it('needs no module of Node, nothing native, and tfjs-core once', async () => {
  const { inputs } = (await bundled('page.ts')).metafile;
  const files = Object.keys(inputs);
  expect(files.filter((file) => /koffi|undici|\(disabled\):node:|tfjs-layers|\/tfjs\/dist/.test(file))).toEqual([]);
  expect(files.filter((file) => /tfjs-core\/dist\/(engine|tf-core.*)\.js$/.test(file))).toHaveLength(1);
});

/** Serves the page, its script, the model and tfjs's WASM files. */
async function serve(script: string): Promise<{ readonly address: string; close(): void }> {
  const server = createServer(({ url = '/' }, response) => {
    const answer = (type: string, body: string | Uint8Array) => response.setHeader('content-type', type).end(body);
    if (url === '/') return answer('text/html', PAGE);
    if (url === '/page.js') return answer('text/javascript', script);
    if (url === '/model.safetensors') return answer('application/octet-stream', modelBytes());
    const [, file] = /^\/wasm\/([\w-]+\.wasm)$/.exec(url) ?? [];
    return file ? answer('application/wasm', readFileSync(join(wasmFolder, file))) : response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => void server.close(),
  };
}

let browser: Browser | undefined;
afterEach(() => browser?.close());

withBrowser('a page writes the texts that Node writes', async () => {
  const { code } = await bundled('page.ts');
  const server = await serve(code);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  await page.goto(server.address);
  const inPage = await page.evaluate<number[]>('writeText()');
  server.close();
  expect(inPage).toHaveLength(3 * 16);
  expect(new Set(inPage).size).toBeGreaterThan(3);
  expect(inPage).toEqual(await writeText(modelBytes()));
  expect(faults).toEqual([]);
});
