import type { CompletionChunk } from '@idlm/client';
import { serverSentEvent } from '../events/event-stream';
import { failureOf } from '../requests/failure';
import type { WritingStart } from '../writing/begin';
import { usageOf } from '../writing/usage';
import { echoOf } from './completion';

/** How a streamed answer is sent. */
export interface ChunkOptions {
  readonly echo: boolean;
  readonly includeUsage: boolean;
}

/** What of a text was sent. */
interface SentText {
  length: number;
  isEnded: boolean;
}

type Choice = CompletionChunk['choices'][number];

/** What is new of a text since it was sent last; nothing where nothing is. */
function grown(start: WritingStart, index: number, sent: SentText, echo: boolean): Choice[] {
  const { text: own, finishReason } = start.writing.rows[index]!;
  const text = echo ? echoOf(start, index) + own : own;
  if (sent.isEnded || (text.length <= sent.length && finishReason === undefined)) return [];
  const added = text.slice(sent.length);
  sent.length = Math.max(sent.length, text.length);
  sent.isEnded = finishReason !== undefined;
  return [{ index, text: added, finish_reason: finishReason ?? null, logprobs: null }];
}

/**
 * Finished beginnings of texts as OpenAI's clients read them: what is sent of a text is never taken back. For noise that leaves tokens open
 * to the end, or a sampler that revises them, a text comes in one piece when it is finished.
 */
export async function* completionEvents(
  start: WritingStart,
  { echo, includeUsage }: ChunkOptions,
): AsyncGenerator<string, void> {
  const { id, created, plan, writing, modelId } = start;
  const sent: SentText[] = plan.rows.map(() => ({ length: 0, isEnded: false }));
  const chunk = (choices: readonly Choice[], usage: CompletionChunk['usage'] = null) =>
    serverSentEvent({
      data: {
        ...{ id: `cmpl-${id}`, object: 'text_completion', created, model: modelId, choices },
        ...(includeUsage ? { usage } : {}),
      },
    });
  try {
    for (let isFinished = false; !isFinished;) {
      const version = writing.version();
      isFinished = writing.isFinished();
      const choices = sent.flatMap((one, index) => grown(start, index, one, echo));
      if (choices.length) yield chunk(choices);
      if (!isFinished) await writing.newerThan(version);
    }
    if (includeUsage) yield chunk([], usageOf(plan, writing.rows));
    yield serverSentEvent({ data: '[DONE]' });
  } catch (error) {
    yield serverSentEvent({ data: { error: failureOf(error).body } });
  }
}
