import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { jsonFault, parseJson } from '@idlm/core-diffusion/errors';
import { leadsOut } from '@idlm/core-diffusion/node';
import type { Hono, MiddlewareHandler } from 'hono';
import { RequestError } from '../requests/request-error';

const refuseContents = (fault: string): never => {
  throw new RequestError(500, `The page.json of this server's page ${fault}; write the page again.`);
};

/** What a page holds: its own `page.json`, where it has one. @throws RequestError if that is damaged */
async function contentsOf(folder: string): Promise<object> {
  const text = await readFile(join(folder, 'page.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return { models: [] };
  let contents: unknown;
  try {
    contents = parseJson(text);
  } catch (error) {
    return refuseContents(jsonFault(error));
  }
  if (typeof contents === 'object' && contents !== null && !Array.isArray(contents)) return contents;
  return refuseContents('holds no JSON object');
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
