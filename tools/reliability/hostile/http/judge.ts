import { InputError } from '@idlm/core-diffusion';

/** Statuses that HTTP has no body for, or that it answers before it has read a request. */
const WITHOUT_SENTENCE = new Set([417]);

/** The sentence of a refusal; undefined where it has none. */
function sentenceIn(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { error: { message: string } };
    return error.message || undefined;
  } catch {
    return undefined;
  }
}

/**
 * What an answer is: none, or a result, returns.
 * @throws InputError where it is a refusal with a sentence @throws Error where it is a fault
 */
export function judge(answer: string): void {
  for (const part of answer.split(/(?=HTTP\/1\.1 \d{3} )/)) {
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(part)?.[1] ?? 0);
    const [head, ...rest] = part.split('\r\n\r\n');
    const body = rest.join('\r\n\r\n');
    if (status >= 500 || body.includes('"type":"server_error"')) throw new Error(`a fault: ${part.slice(0, 500)}`);
    if (status < 400) continue;
    // The answer to HEAD tells of a body that it does not bring.
    if (!body || WITHOUT_SENTENCE.has(status)) throw new InputError(head!);
    const sentence = sentenceIn(body);
    if (!sentence) throw new Error(`no sentence: ${part.slice(0, 500)}`);
    throw new InputError(sentence);
  }
}
