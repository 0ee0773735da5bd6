import type { Engine } from '@idlm/engine';
import { openModel } from '@idlm/recipe';
import { type PairRole, pairFolder } from '../assets';
import type { PairTexts } from '../report/data';

/** What the models that come with the package are shown to go on from. */
export const PAIR_PROMPT = 'The king said to';

/** In how many steps each writes, the quickest first. */
const SHOWN: readonly (readonly [PairRole, number])[] = [
  ['student', 4],
  ['student', 8],
  ['student', 16],
  ['teacher', 256],
];

/** Texts that are shown of each. */
const COUNT = 3;

/** How the models write. */
interface PairOptions {
  readonly engine: Engine;
  readonly seed: number;
  /** Only the quickest, to see that it works. */
  readonly smoke: boolean;
  readonly signal: AbortSignal;
}

/** What the models that come with the package write of one prompt: the student in a few steps, its teacher in 256. */
export async function writePair({ engine, smoke, ...how }: PairOptions): Promise<PairTexts[]> {
  const shown: PairTexts[] = [];
  for (const [role, steps] of smoke ? SHOWN.slice(0, 1) : SHOWN) {
    const model = await openModel(pairFolder(role), undefined, { engine });
    const texts = await model.sample({ ...how, count: COUNT, prompt: PAIR_PROMPT, steps });
    shown.push({ model: role, steps, texts: texts.map((text) => text.trimEnd()) });
  }
  return shown;
}
