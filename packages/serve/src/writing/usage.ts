import type { Usage, WritingFacts } from '@idlm/client';
import { FREE } from '@idlm/samplers';
import type { WritingPlan } from './plan';
import type { RowState } from './write-row';

/** Tokens of all texts: those that were given, each prompt once, and those that were written. */
export function usageOf(plan: WritingPlan, rows: readonly RowState[]): Usage {
  const prompts = new Set(plan.rows);
  const prompt_tokens = [...prompts].reduce(
    (sum, { clamp }) => sum + clamp.reduce((count, token) => count + Number(token !== FREE), 0),
    0,
  );
  const completion_tokens = rows.reduce((sum, { tokens }) => sum + tokens, 0);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/** How texts are written, as answers tell it. */
export const factsOf = ({ seed, steps, samplerName, guidance, block }: WritingPlan): WritingFacts => ({
  seed,
  steps,
  sampler: samplerName,
  ...(block !== undefined && { block }),
  ...(guidance && { guidance: guidance.strength }),
});
