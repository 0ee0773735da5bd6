import type { Hono } from 'hono';
import { retainedWritings } from './frames/retained-writings';
import { createApp } from './http/app';
import { SILENT, type ServerLog } from './http/log';
import { serverMetrics } from './http/metrics';
import type { ModelSource } from './models/served-model';
import { LIMITS, type Limits } from './requests/limits';
import { openDispatcher } from './writing/dispatcher';

/** What is served, and how. */
export interface ServerOptions {
  readonly models: readonly ModelSource[];
  /** Those that are left out are as in `LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** Token that requests to /v1 and /metrics have to bring (default: none). */
  readonly token?: string;
  /** Origins of pages of others that may ask, such as `https://example.org`; `*` for all (default: none). */
  readonly origins?: readonly string[];
  /** Folder of a page of `@idlm/page`, or of its own files alone, that browsers get at `/` (default: none). */
  readonly page?: string;
  /** Where the server tells what it does, such as a logger of pino (default: nowhere). */
  readonly log?: ServerLog;
}

/** A server of diffusion language models, without a socket. */
export interface TextServer {
  /** Its routes: `app.fetch` answers a `Request` with a `Response`; an app of Hono's takes it by `route`. */
  readonly app: Hono;
  readonly limits: Limits;
  /** Opens a model before somebody asks for it. @throws what opening throws */
  preload(id: string): Promise<void>;
  /** From now on /ready answers 503 and nothing more is begun; resolves when all that was begun has ended. */
  drain(): Promise<void>;
  /** Ends what is under way, and closes all models. */
  dispose(): Promise<void>;
}

/**
 * Makes a server: OpenAI's completions, frames of text that is still being revised, models that are opened when they are asked for.
 * @throws InputError for two models of one name, one that has no room, and a token that no header can carry
 */
export function createServer(options: ServerOptions): TextServer {
  const { models, token, origins, page, log = SILENT } = options;
  const limits = { ...LIMITS, ...options.limits };
  const [metrics, retained] = [serverMetrics(), retainedWritings()];
  const dispatcher = openDispatcher(models, limits, metrics);
  metrics.watch(dispatcher);
  let isReady = true;
  const app = createApp({
    ...{ dispatcher, retained, limits, metrics, log, token, origins, page },
    isReady: () => isReady,
  });
  return {
    app,
    limits,
    preload: dispatcher.preload,
    async drain() {
      isReady = false;
      dispatcher.close();
      await dispatcher.idle();
    },
    async dispose() {
      isReady = false;
      await dispatcher.dispose();
      retained.dispose();
    },
  };
}
