import { chiSquare, chiSquareLimit, demand } from '@idlm/core-diffusion/choices';
import { initialState } from '../sample';
import { lawAtEnd } from './exact-law';
import { countStates } from './states';
import { type Subject, collect, isNamed, request } from './subject';

/** Rejects unless tokens at the end of a grid, before the last step, have the law that the sampler declares. */
function demandLaw({ law, family }: Subject, grid: ArrayLike<number>, tokens: Int32Array): void {
  if (!law) return;
  const expected = lawAtEnd(law, grid, family);
  const statistic = chiSquare(countStates(tokens, family.process.vocabSize), expected);
  demand(
    statistic < chiSquareLimit(expected.filter((probability) => probability > 0).length - 1),
    `the grid ${Array.from(grid).join(', ')} ends in another law than the sampler declares: chi-square ${statistic}`,
  );
}

/** One step of a sampler has the law that it declares, or leaves as many masks as the process. */
export async function oneStepLaw(subject: Subject): Promise<void> {
  const { sampler, family, law } = subject;
  const grid = [1, 0.55];
  const asked = request(subject, { batch: 4000, grid }, 3);
  const { tokens } = await sampler.step(initialState(asked), 1, 0.55, asked.environment);
  demandLaw(subject, grid, tokens);
  const { unmasking, maskId } = family.process;
  if (!unmasking || !isNamed(law)) return;
  const masked = tokens.filter((id) => id === maskId).length / tokens.length;
  const expected = 1 - unmasking.chance(family.schedule.alpha(0.55), family.schedule.alpha(1));
  demand(
    Math.abs(masked - expected) < 4 * Math.sqrt((expected * (1 - expected)) / tokens.length),
    `a share ${masked} stays masked instead of ${expected}`,
  );
}

/** Several steps have the law that the sampler declares. */
export async function manyStepLaw(subject: Subject): Promise<void> {
  for (const grid of [
    [1, 0.7, 0.3, 0],
    [0.9, 0.5, 0.2],
  ]) {
    const { frames } = await collect(request(subject, { batch: 4000, grid }, 4));
    demandLaw(subject, grid, frames[grid.length - 2]!.tokens);
  }
}
