/** The page's own files and a name of their state; the bundler puts both in. */
declare const SHELL: { readonly version: string; readonly files: readonly string[] };

/** The scope that this script runs in, by its own name. */
const scope = self as unknown as ServiceWorkerGlobalScope;

/** What the page holds may change on the server, so that it is asked for first. */
const CONTENTS = 'page.json';

const PREFIX = 'idlm-page-';
const CACHE = `${PREFIX}${SHELL.version}`;

const addressOf = (path: string): string => new URL(path, scope.registration.scope).href;

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  // Past the browser's own cache: an older script may lie there.
  await cache.addAll(['./', ...SHELL.files, CONTENTS].map((path) => new Request(addressOf(path), { cache: 'reload' })));
  await scope.skipWaiting();
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  );
  await scope.clients.claim();
}

/** The answer of the network, kept; without one, what was kept. */
async function newest(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}

const kept = async (request: Request): Promise<Response> =>
  (await (await caches.open(CACHE)).match(request, { ignoreSearch: true })) ?? fetch(request);

/** Files of the page are answered here; models are fetched by ranges and kept elsewhere, and a server is asked itself. */
function respond(event: FetchEvent): void {
  const { request } = event;
  if (request.method !== 'GET' || request.headers.has('range')) return;
  const [address] = request.url.split(/[?#]/, 1);
  if (address === addressOf(CONTENTS)) event.respondWith(newest(request));
  else if (['./', ...SHELL.files].some((path) => addressOf(path) === address)) event.respondWith(kept(request));
}

scope.addEventListener('install', (event) => event.waitUntil(install()));
scope.addEventListener('activate', (event) => event.waitUntil(activate()));
scope.addEventListener('fetch', respond);
