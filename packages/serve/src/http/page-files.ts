import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Hono } from 'hono';

/** What a page holds: its own `page.json`, where it has one. */
async function contentsOf(folder: string): Promise<object> {
  const text = await readFile(join(folder, 'page.json'), 'utf8').catch(() => undefined);
  return text === undefined ? { models: [] } : (JSON.parse(text) as object);
}

/** Serves the files of a page of `@idlm/page` at all paths that the server does not use, and says in its `page.json` that there is a server. */
export function addPageFiles(app: Hono, folder: string): void {
  app.get('/page.json', async (context) => context.json({ ...(await contentsOf(folder)), server: true }));
  app.get('/*', serveStatic({ root: folder }));
}
