import { randomStream, timeGrid } from '@idlm/core-diffusion/sampling';
import {
  FREE,
  type LogitShaper,
  composeShapers,
  nucleus,
  sample,
  suitableSampler,
  temperature,
  topK,
} from '@idlm/samplers';
import type { TextFrame, TextRequest } from '../messages';
import type { OpenModel } from '../network/open-model';
import { clampOf, roomOf } from './clamp';
import { piecesOf } from './pieces';

/** The likeliest tokens at a temperature of 0 are those of one this low, in float64. */
const GREEDY = 1e-6;

/** Changes of logits that the request and the model ask for, in the usual order. */
function shaperOf({ temperature: wanted }: TextRequest, { facts }: OpenModel): LogitShaper {
  const { topK: k, nucleus: p } = facts.recommended;
  return composeShapers(
    temperature(Math.max(wanted, GREEDY)),
    ...(k === undefined ? [] : [topK(k)]),
    ...(p === undefined ? [] : [nucleus(p)]),
  );
}

/** What is given, before the first step. */
function beginningOf({ tokenizer }: OpenModel, clamp: Int32Array, rest: Pick<TextFrame, 'given' | 'steps'>): TextFrame {
  const tokens = Array.from(clamp);
  const pieces = piecesOf(tokens, tokenizer, (token) => token === FREE);
  return { ...rest, tokens, pieces, step: 0, networkCalls: 0, milliseconds: 0 };
}

/**
 * Writes a text, with a frame before the first step, after each that changes it, and after the last.
 * @throws InputError for a text that leaves no room; the signal's reason when aborted, between two steps
 */
export async function* writeText(
  model: OpenModel,
  request: TextRequest,
  signal: AbortSignal,
): AsyncGenerator<TextFrame, void> {
  const { facts, family, network, tokenizer } = model;
  const clamp = clampOf(request.text, model);
  const skipped = facts.length - roomOf(model);
  const given = Array.from(clamp.keys(), (i) => i - skipped).filter((i) => i >= 0 && clamp[i + skipped] !== FREE);
  const { steps } = request;
  const frames = sample({
    sampler: suitableSampler(family.process),
    environment: {
      denoise: network,
      family,
      timeConditioned: facts.timeConditioned,
      random: randomStream(request.seed),
      shape: shaperOf(request, model),
      clamp,
    },
    batch: 1,
    length: facts.length,
    grid: timeGrid(steps, { spacing: facts.recommended.spacing }),
    signal,
  });
  const isMask = (token: number): boolean => family.process.unmasking !== undefined && token === facts.maskId;
  yield beginningOf(model, clamp.subarray(skipped), { given, steps });
  for (let milliseconds = 0; ;) {
    const began = performance.now();
    const next = await frames.next();
    milliseconds += performance.now() - began;
    if (next.done) return;
    const { step, changed, networkCalls, tokens: row } = next.value;
    const isLast = step === steps;
    if (!changed && !isLast) continue;
    const tokens = Array.from(row.subarray(skipped));
    const text = isLast ? { text: tokenizer.decode(tokens).trimEnd() } : {};
    const pieces = piecesOf(tokens, tokenizer, isMask);
    yield { tokens, pieces, given, step: Math.min(step + 1, steps), steps, networkCalls, milliseconds, ...text };
  }
}
