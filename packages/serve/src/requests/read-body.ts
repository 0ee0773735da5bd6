import { jsonFault, parseJson } from '@idlm/core-diffusion/errors';
import { type Path, fieldOf, mustBe } from '@idlm/recipe/config';
import type { z } from 'zod';
import { RequestError, wrong } from './request-error';

/** Unknown fields in OpenAI's words. */
const unknownFields = (keys: readonly string[]): RequestError =>
  new RequestError(
    400,
    `Unrecognized request argument${keys.length > 1 ? 's' : ''} supplied: ${keys.join(', ')}`,
    keys.length === 1 ? { param: keys[0] } : {},
  );

/** The first thing that is wrong with a body: in the words of its schema where it has some, else by what it takes. */
function refusalOf({ issues }: z.ZodError, body: unknown, schema: z.ZodType): RequestError {
  const issue = issues[0]!;
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) return unknownFields(issue.keys);
  const param = issue.path.join('.');
  if (!param) return new RequestError(400, 'The body of a request is a JSON object.');
  return wrong(param, issue.message || mustBe(issue.path as Path, body, fieldOf(schema)));
}

/**
 * The body of a request, checked.
 * @throws RequestError 415 for another type than JSON, which pages of others may send unasked; 400 for what is no JSON or does not fit
 */
export async function readBody<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? ''))
    throw new RequestError(415, 'Send JSON, with the header Content-Type: application/json.');
  const text = await request.text();
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    // What is no JSON is told in OpenAI's words.
    const fault = jsonFault(error, '');
    throw new RequestError(
      400,
      fault ? `The JSON body of your request ${fault}.` : 'We could not parse the JSON body of your request.',
    );
  }
  // What a schema says itself goes before.
  const parsed = schema.safeParse(value, { error: () => '' });
  if (parsed.success) return parsed.data;
  throw refusalOf(parsed.error, value, schema);
}
