import { existsSync } from 'node:fs';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion/errors';
import { leadsOut } from '@idlm/core-diffusion/node';
import sirv from 'sirv';

/** A page that is being served. */
export interface ServedPage {
  /** Its address. */
  readonly address: string;
  close(): Promise<void>;
}

/** Where a page is served. */
export interface ServeOptions {
  /** 0, the default, for one that is free. */
  readonly port?: number;
  /** Which machines may ask (default `127.0.0.1`: this one). Others need HTTPS before their browsers keep a page for later. */
  readonly host?: string;
}

/** A path without its escapes; as it is where they cannot be read, as `sirv` takes it. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Whether one of the files that are looked for by an address is a link out of the folder. */
async function asksForLinkOut(folder: string, { url = '/' }: IncomingMessage): Promise<boolean> {
  const name = decoded(url.split(/[?#]/)[0]!);
  const tried = ['', '.html', '/index', '/index.html'].map((end) => leadsOut(folder, name.replace(/\/$/, '') + end));
  return (await Promise.all(tried)).includes(true);
}

/**
 * Serves a page of `writePage` to browsers. Any server of files can do the same.
 * @throws InputError for a folder without a page, and a port that is taken
 */
export async function servePage(
  folder: string,
  { port = 0, host = '127.0.0.1' }: ServeOptions = {},
): Promise<ServedPage> {
  if (!existsSync(join(folder, 'page.json')))
    throw new InputError(`${folder} holds no page; write one with writePage.`);
  // Files are looked for when they are asked for, so that a page can be written anew meanwhile.
  const answer = sirv(folder, { dev: true, extensions: ['html'] });
  const server = createServer((request, response) => {
    void asksForLinkOut(folder, request).then((isOut) => {
      if (isOut) response.writeHead(404).end();
      else answer(request, response);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new InputError(`No page can be served at port ${port} of ${host}: ${error.message}.`)),
    );
    server.listen(port, host, resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${own}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
