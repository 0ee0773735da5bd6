import type { Completion, CompletionChoice } from '@idlm/client';
import type { WritingStart } from '../writing/begin';
import { textFrom } from '../writing/read-text';
import { factsOf, usageOf } from '../writing/usage';

/** The prompt of a text, as texts begin with it where they echo it. */
export function echoOf({ plan, model }: WritingStart, index: number): string {
  const { clamp, region } = plan.rows[index]!;
  return model.tokenizer.decode(clamp.subarray(0, region.from));
}

/** A finished text. */
function choiceOf(start: WritingStart, index: number, echo: boolean): CompletionChoice {
  const { plan, model, writing } = start;
  const { text, finishReason, row, networkCalls } = writing.rows[index]!;
  const { holes } = plan.rows[index]!.region;
  const filled = holes.map(([from, to]) => textFrom(row.subarray(0, to), from, model.tokenizer));
  return {
    index,
    text: echo ? echoOf(start, index) + text : text,
    finish_reason: finishReason!,
    logprobs: null,
    ...(filled.length ? { holes: filled } : {}),
    network_calls: networkCalls,
  };
}

/** The answer to a request, once all texts are finished. @throws what made a text fail */
export async function completionOf(start: WritingStart, echo: boolean): Promise<Completion> {
  const { id, created, plan, writing, modelId } = start;
  for (let version = -1; !writing.isFinished(); version = writing.version()) await writing.newerThan(version);
  return {
    id: `cmpl-${id}`,
    object: 'text_completion',
    created,
    model: modelId,
    choices: writing.rows.map((_, index) => choiceOf(start, index, echo)),
    usage: usageOf(plan, writing.rows),
    diffusion: factsOf(plan),
  };
}
