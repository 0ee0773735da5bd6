import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { PageManifest } from '@idlm/page';
import { PART } from '../../worker/download/fetch-file';
import { describeWithBrowser, openBrowser } from './chromium';
import { type Site, openSite, serveByCommand } from './site';

jest.setTimeout(240_000);

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = [await openSite(), await openBrowser()];
}, 240_000);
afterAll(async () => {
  await browser.close();
  site.remove();
});
beforeEach(() => site.failBy(null));

/** Opens the page in a browser that has never seen it. */
async function openPage(options: BrowserContextOptions = {}, address = site.address): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => expect(error).toBeUndefined());
  await page.goto(address);
  return page;
}

/** Opens it, ready to write quickly and the same each time. */
async function openReady(options?: BrowserContextOptions): Promise<Page> {
  const page = await openPage(options);
  await prepare(page);
  return page;
}

async function prepare(page: Page): Promise<void> {
  await page.locator('#write:enabled').waitFor();
  await page.locator('summary', { hasText: 'Settings' }).click();
  await page.locator('#pace').selectOption('0');
  await page.locator('#seed').fill('7');
  await page.locator('.panel select').first().selectOption('4');
}

/** Does something that begins a writing, and waits for its end: there may be no moment between. */
async function untilEnd(page: Page, begin: () => Promise<void>): Promise<void> {
  await page.evaluate(`
    globalThis.ended = new Promise((resolve) => {
      const button = document.querySelector('#write');
      new MutationObserver(() => button.textContent === 'Write' && resolve(0)).observe(button, { childList: true });
    });
    0`);
  await begin();
  await page.evaluate('ended');
}

/** Writes, and gives the finished texts. */
async function written(page: Page): Promise<string[]> {
  await untilEnd(page, () => page.locator('#write').click());
  return page.locator('.finished').allTextContents();
}

const again = (page: Page) => page.getByRole('button', { name: 'Try again' });

const fault = (page: Page) => page.locator('#fault p').innerText();

/** Rules that the page breaks, by axe-core. */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: createRequire(__filename).resolve('axe-core/axe.min.js') });
  return page.evaluate<string[]>(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`,
  );
}

describeWithBrowser('the page', () => {
  let page: Page;
  beforeAll(async () => {
    page = await openReady({ bypassCSP: true });
  });

  it('is below 8 MB of weights, and says of each file what it holds', () => {
    const { models } = JSON.parse(readFileSync(join(site.folder, 'page.json'), 'utf8')) as PageManifest;
    const files = models.flatMap(({ network, tokenizer }) => [network, tokenizer]);
    for (const { path, bytes } of files) expect(statSync(join(site.folder, path)).size).toBe(bytes);
    const paths = new Map(files.map(({ path, bytes }) => [path, bytes]));
    expect([...paths.values()].reduce((a, b) => a + b, 0)).toBeLessThan(8e6);
  });

  it('writes on from a prompt, by keyboard alone, and tells a screen reader once', async () => {
    await page.locator('#text').focus();
    await page.keyboard.type('And he said');
    await untilEnd(page, () => page.keyboard.press('Control+Enter'));
    const [text] = await page.locator('.finished').allTextContents();
    expect(text).toMatch(/^And he said/);
    expect(await page.locator('#status').innerText()).toBe(`Student has finished: ${text}`);
    expect(await page.locator('.stage .mask').count()).toBe(0);
    expect(Number(await page.locator('.calls').innerText())).toBeLessThanOrEqual(5);
    expect(await page.locator('.time').innerText()).toMatch(/^\d+\.\d+ s$/);
    // Asked with the same seed, it is the same text.
    expect(await written(page)).toEqual([text]);
  });

  it('makes a gap of selected words by keyboard, and writes into it alone', async () => {
    const box = page.locator('#text');
    await box.fill('And he said to the people of Israel.');
    await page.evaluate(`document.querySelector('#text').setSelectionRange(15, 25)`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('gap');
    await page.keyboard.press('Enter');
    await page.waitForFunction(`document.querySelector('#text').value.includes('_')`);
    const template = await box.inputValue();
    expect(template).toMatch(/^And he said to_+ of Israel\.$/);
    const [text] = await written(page);
    expect(text).toMatch(/^And he said to.* of Israel\.$/);
    expect(text).not.toContain('_');
    const gaps = template.match(/_/g)!.length;
    // The gap, and nothing else, was written.
    expect(await page.locator('.stage span:not(.given)').count()).toBe(gaps);
  });

  it('brings into sight on a phone what is written, and what keeps it from that', async () => {
    const phone = await openPage({ viewport: { width: 360, height: 640 }, isMobile: true, reducedMotion: 'reduce' });
    await phone.locator('#write:enabled').waitFor();
    const bottomOf = (selector: string) =>
      phone.evaluate<number>(`document.querySelector('${selector}').getBoundingClientRect().bottom`);
    expect(await bottomOf('.stage')).toBeGreaterThan(640);
    await written(phone);
    expect(await bottomOf('.stage')).toBeLessThanOrEqual(641);
    await phone.evaluate('scrollTo(0, 0)');
    await phone.locator('#text').fill('and the sea '.repeat(20));
    await phone.locator('#write').click();
    await phone.locator('#fault').waitFor();
    expect(await bottomOf('#fault')).toBeLessThanOrEqual(641);
    await phone.context().close();
  });

  it('puts teacher and student side by side, with time, calls and surprise', async () => {
    await page.locator('#text').fill('And he');
    await page.getByText('Side by side').click();
    await page.locator('.panel select').nth(1).selectOption('8');
    const texts = await written(page);
    expect(await page.locator('h2').allInnerTexts()).toEqual(['Student', 'Teacher']);
    for (const text of texts) expect(text).toMatch(/^And he/);
    for (const bits of await page.locator('.surprise').allInnerTexts()) expect(bits).toMatch(/^\d+\.\d\d bits$/);
    await page.getByText('Edit this text').first().click();
    expect(await page.locator('#text').inputValue()).toBe(texts[0]);
  });

  it('stops when it is told to, and keeps the focus where it was', async () => {
    await page.locator('#text').fill('');
    await page.locator('#pace').selectOption('120');
    await page.locator('.panel select').first().selectOption('256');
    await page.locator('#write').focus();
    await untilEnd(page, async () => {
      await page.keyboard.press('Enter');
      await page.locator('.stage .fresh').first().waitFor();
      await page.keyboard.press('Escape');
    });
    expect(await page.locator('#status').innerText()).toBe('Stopped.');
    expect(await page.locator('.stage .mask').count()).toBeGreaterThan(0);
    expect(await page.evaluate('document.activeElement.id')).toBe('write');
    await page.locator('#pace').selectOption('0');
    await page.locator('.panel select').first().selectOption('4');
  });

  it('says what is too long, in a sentence', async () => {
    await page.locator('#text').fill('And he said to the people. '.repeat(12));
    await written(page);
    expect(await fault(page)).toMatch(/^This takes \d+ tokens, and the model writes texts of \d+, .*; shorten it\.$/);
    await page.locator('#text').fill('');
    await written(page);
    expect(await page.locator('#fault').isVisible()).toBe(false);
  });

  it.each(['light', 'dark'] as const)('breaks no rule of accessibility where it is %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const summary of await page.locator('footer summary').all()) await summary.click();
    expect(await violations(page)).toEqual([]);
  });

  it.each([320, 375])('fits a screen of %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 640 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  it('opens and writes without a network, once it was there', async () => {
    await page.locator('#text').fill('And he said');
    await page.getByText('Student', { exact: true }).first().click();
    const before = await written(page);
    await page.evaluate('navigator.serviceWorker.ready.then(() => 0)');
    const asked = site.asked.length;
    site.failBy((request) => {
      request.socket.destroy();
      return true;
    });
    await page.reload();
    await prepare(page);
    await page.locator('#text').fill('And he said');
    expect(await written(page)).toEqual(before);
    // All that was asked for, in vain, is whether there is a newer page.
    const news = ['/page.json', '/service-worker.js'];
    expect(site.asked.slice(asked).filter((path) => !news.includes(path))).toEqual([]);
  });
});

describeWithBrowser('what goes wrong', () => {
  /** The share of a download that a page has read. */
  const loaded = (page: Page) => page.evaluate<number>(`document.querySelector('progress').value`);

  /** Destroys the connection of a file once a page has read so many bytes of it: one that is destroyed before takes back what was not read. */
  const cutAt = (page: Page, path: RegExp, sent: number) =>
    site.failBy((request, response) => {
      if (!path.test(request.url!)) return false;
      const bytes = readFileSync(join(site.folder, request.url!));
      const [, begin] = /bytes=(\d+)/.exec(request.headers.range!)!;
      response.writeHead(206, { 'content-length': bytes.length - Number(begin) });
      response.write(bytes.subarray(Number(begin), Number(begin) + sent));
      const cut = async () => {
        while ((await loaded(page)) < sent / bytes.length) await page.waitForTimeout(20);
        response.destroy();
      };
      void cut();
      return true;
    });

  it('goes on with a download that broke off where it was', async () => {
    const page = await openReady();
    cutAt(page, /student/, 2.5 * PART);
    await written(page);
    expect(await fault(page)).toMatch(
      /^models\/student-\w+\.onnx could not be downloaded; check the connection and try again\.$/,
    );
    const asked = site.asked.length;
    site.failBy(null);
    await again(page).click();
    await page.locator('.finished', { hasText: /\w/ }).waitFor({ state: 'attached' });
    const [range, ...others] = site.asked.slice(asked).filter((line) => line.includes('student'));
    expect(others).toEqual([]);
    expect(range).toMatch(new RegExp(`bytes=(${PART}|${2 * PART})-`));
  });

  it('refuses a file that is not what the page says, and takes a server without ranges', async () => {
    const page = await openReady();
    site.failBy((request, response) => {
      if (!request.url!.includes('student')) return false;
      response.end(new Uint8Array(statSync(join(site.folder, request.url!)).size));
      return true;
    });
    await written(page);
    expect(await fault(page)).toMatch(/^models\/student-\w+\.onnx arrived damaged and was thrown away; try again\.$/);
    site.failBy((request, response) => {
      if (!request.url!.includes('student')) return false;
      response.end(readFileSync(join(site.folder, request.url!)));
      return true;
    });
    await again(page).click();
    await page.locator('.finished', { hasText: /\w/ }).waitFor({ state: 'attached' });
  });

  it('says so where the page cannot be read, and begins again', async () => {
    site.failBy((request, response) => {
      if (request.url !== '/page.json') return false;
      response.writeHead(503).end();
      return true;
    });
    const page = await openPage();
    await page.locator('#fault').waitFor();
    expect(await fault(page)).toBe('What this page holds could not be read; check the connection and try again.');
    site.failBy(null);
    await again(page).click();
    await page.locator('#write:enabled').waitFor();
    expect(await page.locator('#fault').isVisible()).toBe(false);
  });

  it('says so where the browser has no WebAssembly', async () => {
    site.failBy((request, response) => {
      if (request.url !== '/worker.js') return false;
      response.setHeader('content-type', 'text/javascript');
      response.end(`delete globalThis.WebAssembly;\n${readFileSync(join(site.folder, 'worker.js'), 'utf8')}`);
      return true;
    });
    const page = await openReady();
    await written(page);
    expect(await fault(page)).toMatch(/^This browser has no WebAssembly/);
    expect(await again(page).isVisible()).toBe(false);
  });
});

describeWithBrowser('the page of idlm serve', () => {
  it('writes on the server, fills gaps there, stops, and offers this browser', async () => {
    const { address, stop } = await serveByCommand(site.folder);
    try {
      const page = await openPage({}, address);
      await prepare(page);
      await page.locator('#text').fill('And he said');
      const [text] = await written(page);
      expect(text).toMatch(/^And he said/);
      expect(await written(page)).toEqual([text]);
      // A server measures none.
      expect(await page.locator('.surprise').isVisible()).toBe(false);
      await page.locator('#text').fill('And he said to__ of Israel.');
      expect((await written(page))[0]).toMatch(/^And he said to.* of Israel\./);
      await page.locator('.panel select').first().selectOption('256');
      await page.locator('#pace').selectOption('120');
      await untilEnd(page, async () => {
        await page.locator('#write').click();
        await page.keyboard.press('Escape');
      });
      expect(await page.locator('#status').innerText()).toBe('Stopped.');
      await page.getByText('In this browser', { exact: true }).click();
      await page.locator('#place', { hasText: 'in this browser' }).waitFor();
      expect(await page.locator('#fault').isVisible()).toBe(false);
      expect(await page.locator('.surprise').isVisible()).toBe(true);
    } finally {
      stop();
    }
  });
});
