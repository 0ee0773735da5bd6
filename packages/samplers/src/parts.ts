import { InputError } from '@idlm/core-diffusion/sampling';
import type { Frame, Sample } from './sampler';

/** The sample that frames end in. */
export async function finished(frames: AsyncGenerator<Frame, Sample>): Promise<Sample> {
  let next = await frames.next();
  while (!next.done) next = await frames.next();
  return next.value;
}

/** What requests for rows have in common, of whatever kind the model is. */
interface RowsRequest {
  readonly environment: { readonly clamp?: Int32Array };
  readonly batch: number;
  readonly length: number;
  readonly firstRow?: number;
}

/** Rows `from` … `from + rows − 1` of a request, as one of their own. */
export function partOf<Request extends RowsRequest>(request: Request, from: number, rows: number): Request {
  const { environment, length, firstRow = 0 } = request;
  const clamp = environment.clamp?.subarray(from * length, (from + rows) * length);
  return { ...request, environment: { ...environment, clamp }, batch: rows, firstRow: firstRow + from };
}

/** @throws InputError unless the count is a whole number from 1 on */
export function checkCount(what: string, count: number): void {
  if (!(Number.isInteger(count) && count >= 1))
    throw new InputError(`${what} are a whole number from 1 on; ${count} was given.`);
}

/** Samples the parts of a batch one after another. */
export async function inParts(
  { batch, length }: Pick<RowsRequest, 'batch' | 'length'>,
  maxRows: number,
  draw: (from: number, rows: number) => Promise<Omit<Sample, 'batch' | 'length'>>,
): Promise<Sample> {
  const tokens = new Int32Array(batch * length);
  let [networkCalls, rowEvaluations] = [0, 0];
  for (let from = 0; from < batch; from += maxRows) {
    const drawn = await draw(from, Math.min(maxRows, batch - from));
    tokens.set(drawn.tokens, from * length);
    networkCalls = Math.max(networkCalls, drawn.networkCalls);
    rowEvaluations += drawn.rowEvaluations;
  }
  return { tokens, batch, length, networkCalls, rowEvaluations };
}
