import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { leadsOut } from '@idlm/core-diffusion/node';
import type { Hono, MiddlewareHandler } from 'hono';

/** What a page holds: its own `page.json`, where it has one. */
async function contentsOf(folder: string): Promise<object> {
  const text = await readFile(join(folder, 'page.json'), 'utf8').catch(() => undefined);
  return text === undefined ? { models: [] } : (JSON.parse(text) as object);
}

/** Finds nothing where a link leads out of a folder: whoever wrote it may read more of this machine than those who ask. */
const keptWithin =
  (folder: string): MiddlewareHandler =>
  async (context, next) => {
    // The two names that `serveStatic` tries; it has none with a percent sign.
    const { path } = context.req;
    const isOut = await Promise.all([path, `${path}/index.html`].map((name) => leadsOut(folder, name)));
    return isOut.includes(true) ? context.notFound() : next();
  };

/** Serves the files of a page of `@idlm/page` at all paths that the server does not use, and says in its `page.json` that there is a server. */
export function addPageFiles(app: Hono, folder: string): void {
  app.get('/page.json', async (context) => context.json({ ...(await contentsOf(folder)), server: true }));
  app.get('/*', keptWithin(folder), serveStatic({ root: folder }));
}
