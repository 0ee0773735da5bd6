import { type Frame, type SampleRequest, initialState, sample } from '@idlm/samplers';

/** At which step the positions of some samples were written. */
export interface RevealOrder {
  /** Steps of the sampler; what it does behind the last one, as its end, counts as one more. */
  readonly steps: number;
  /**
   * For each sample and position, the step from 1 on at which it took the token that it kept; 0 where it has had that token from
   * the beginning, as what is given has.
   */
  readonly written: readonly (readonly number[])[];
}

/**
 * Draws samples and tells when their positions were written, as `RevealOrder` holds it.
 * @param onFrame what to do with each frame
 */
export async function orderOf(
  request: SampleRequest,
  onFrame?: (frame: Frame) => void,
): Promise<RevealOrder['written']> {
  let before = initialState(request).tokens;
  const written = new Array<number>(before.length).fill(0);
  for await (const frame of sample(request)) {
    frame.tokens.forEach((token, i) => {
      if (token !== before[i]) written[i] = frame.step + 1;
    });
    before = frame.tokens;
    onFrame?.(frame);
  }
  const { batch, length } = request;
  return Array.from({ length: batch }, (_, row) => written.slice(row * length, (row + 1) * length));
}
