// Runs the examples that users copy, installed beside the packed tarballs: each in its folder, as its README says.
import { match, ok, strictEqual } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const source = join(dirname(fileURLToPath(import.meta.url)), '../../../examples');

/** Copies the examples into a project, of which they are workspaces: its installation brings what they need. */
export function copyExamples(project) {
  cpSync(source, join(project, 'examples'), { recursive: true, filter: (path) => !path.includes('node_modules') });
}

/** Lines that a program says it prints, in its comments `// → `. */
const promised = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => /^\/\/ → (.*)$/.exec(line)?.[1] ?? []);

/** @throws AssertionError unless a program prints what it says. @returns its lines */
function checkLines(file, printed) {
  const lines = printed
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  strictEqual(lines.join('\n'), promised(file).join('\n'), `${file} prints other lines`);
  return lines;
}

/** A route that streams: the text after each step, with open places at first and the finished text at last; what is refused has a status. */
async function checkRoute(folder, text) {
  const env = { ...process.env, PORT: '0' };
  const server = spawn(process.execPath, ['server.mjs'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [url] = await once(createInterface({ input: server.stdout }), 'line');
    const response = await fetch(`${url}&seed=1`);
    match(response.headers.get('content-type'), /^text\/event-stream/);
    const events = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, told]) => told.trimEnd());
    match(events[0], /^And he said▁+$/);
    strictEqual(events.at(-1), text);
    ok(events.length > 4, `${folder} told ${events.length} events`);
    strictEqual((await fetch(`${url}&seed=-1`)).status, 400);
  } finally {
    server.kill();
    await once(server, 'exit');
  }
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** Serves the files of a folder. */
async function serveFolder(folder) {
  const server = createServer(({ url }, response) => {
    const file = join(folder, url === '/' ? 'index.html' : url);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream').end(readFileSync(file));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** The browser of the distribution; the environment may name another. */
const CHROMIUM = process.env.IDLM_CHROMIUM ?? '/usr/bin/chromium';

/** What the page writes. */
async function openPage(site) {
  const served = await serveFolder(site);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => page.on('pageerror', reject));
    await page.goto(served.url);
    await Promise.race([failed, page.waitForFunction("document.title === 'written'")]);
    return await page.textContent('body');
  } finally {
    await browser.close();
    served.close();
  }
}

async function checkPage(folder, run) {
  await run(process.execPath, ['build.mjs'], folder);
  if (!existsSync(CHROMIUM))
    return console.log(`There is no ${CHROMIUM}: the example's page is built, and not opened.`);
  checkLines(join(folder, 'page.mjs'), await openPage(join(folder, 'site')));
}

/**
 * @param project where the packages and the examples are installed
 * @param run runs a program in a folder, and gives what it prints
 * @throws Error naming the example that does not do what it says
 */
export async function checkExamples(project, run) {
  const folderOf = (name) => join(project, 'examples', name);
  const check = async (name, program, ...argv) =>
    checkLines(join(folderOf(name), argv.at(-1)), await run(program, argv, folderOf(name)));
  const [[text]] = await Promise.all([
    check('node', process.execPath, 'sample.mjs'),
    check('deno', join(project, 'node_modules/.bin/deno'), 'run', '--allow-all', 'sample.ts'),
    check('own-sampler', process.execPath, 'sample.mjs'),
    check('own-denoiser', process.execPath, 'sample.mjs'),
    checkPage(folderOf('browser'), run),
  ]);
  await Promise.all(['express', 'hono'].map((name) => checkRoute(folderOf(name), text)));
  console.log('the examples run from the packed tarballs');
}
