import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/**
 * Ends the connection of a request at once; undefined where the app is not mounted on Node's HTTP server. Node's adapter ends an answer
 * without a word when its connection closes, and prints what an answer fails with.
 */
export function disconnectOf({ env }: Context): (() => void) | undefined {
  const { outgoing } = (env ?? {}) as Partial<HttpBindings>;
  return outgoing && (() => outgoing.destroy());
}
