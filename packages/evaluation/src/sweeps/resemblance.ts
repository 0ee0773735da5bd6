import { InputError, type RandomStream } from '@idlm/core-diffusion';
import { withoutPadding } from '../metrics/drift';
import { mauve } from '../metrics/mauve';
import { type TextBatch, countedRows, selectRows, shuffledRows } from '../rows';
import { type Judge, type TextScorer, readsText } from '../scorers/scorer';
import type { Measures } from './measure';

/** How much texts resemble some rows of data. */
export interface Resemblance {
  /** MAUVE by judge. */
  of(texts: TextBatch): Promise<Record<string, number>>;
}

/** A judge that represents texts by features. */
type Featured = TextScorer & Required<Pick<TextScorer, 'features'>>;

/** The judges that have features. @throws InputError if none has any */
export function featuredJudges(scorers: readonly Judge[]): readonly Featured[] {
  const judges = scorers.filter((judge): judge is Featured => readsText(judge) && judge.features !== undefined);
  if (judges.length) return judges;
  throw new InputError(
    'MAUVE compares texts by the hidden states of a judge, and none of these judges has any; give a GPT-2 (--scorer), or set evaluation.mauve to false.',
  );
}

/**
 * MAUVE of samples and of as many rows of data, or all if there are fewer, drawn without repetition, under every judge that has features.
 * @throws InputError if no judge has features, or fewer than 2 rows or samples are compared
 */
export async function resemblanceTo(
  { scorers, decode, padId }: Omit<Measures, 'words'>,
  data: TextBatch,
  { samples, random }: { readonly samples: number; readonly random: RandomStream },
): Promise<Resemblance> {
  const judges = featuredJudges(scorers);
  const textsOf = (batch: TextBatch) => withoutPadding(countedRows(batch), padId).map(decode);
  const rows = textsOf(selectRows(data, shuffledRows(data, random).slice(0, samples)));
  const wanted = new Map<Featured, number[][]>();
  for (const judge of judges) wanted.set(judge, await judge.features(rows));
  return {
    async of(texts) {
      const written = textsOf(texts);
      const found: Record<string, number> = {};
      for (const [judge, states] of wanted) {
        const { mauve: share } = await mauve(states, await judge.features(written));
        found[judge.name] = share;
      }
      return found;
    },
  };
}
