import { createHash, timingSafeEqual } from 'node:crypto';
import { InputError } from '@idlm/core-diffusion/errors';
import type { MiddlewareHandler } from 'hono';
import { RequestError } from '../requests/request-error';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Lets requests through that bring a token as `Authorization: Bearer`. The comparison takes as long whatever they bring.
 * @throws InputError for a token that no header can carry
 */
export function requireToken(token: string): MiddlewareHandler {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new InputError('A token consists of visible ASCII characters without spaces, at least one.');
  const expected = digest(token);
  return async (context, next) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '') ?? [];
    if (given === undefined || !timingSafeEqual(digest(given), expected))
      throw new RequestError(401, 'Incorrect or missing token; send it as "Authorization: Bearer …".', {
        code: 'invalid_api_key',
      });
    await next();
  };
}
