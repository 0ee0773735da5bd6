import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** The browser of the distribution; the environment may name another. */
const CHROMIUM = process.env['IDLM_CHROMIUM'] ?? '/usr/bin/chromium';

/** `describe` where there is a browser. */
export const describeWithBrowser = existsSync(CHROMIUM) ? describe : describe.skip;
if (!existsSync(CHROMIUM)) console.info(`There is no ${CHROMIUM}: pages are not opened.`);

/** Starts the browser. @param flags further flags of its command line */
export const openBrowser = (...flags: string[]): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...flags] });
