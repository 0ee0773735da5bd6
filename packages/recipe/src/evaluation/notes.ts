import { resolve } from 'node:path';
import type { ManifestText } from '@idlm/evaluation';
import { BASELINE } from './evaluated-model';
import type { EvaluationSetup } from './setup';

/** What the text is called that samples are compared with: it is only held out where some of it is. */
export const textName = ({ text }: { readonly text?: Pick<ManifestText, 'heldOutIsTraining'> }): string =>
  text?.heldOutIsTraining ? 'training text' : 'held-out text';

/** What a reader must know of the baseline's numbers. */
function baselineNotes({ baseline, corpus, models }: EvaluationSetup): string[] {
  if (!baseline) return [];
  const judges = models.scorer && resolve(models.scorer.folder) === resolve(models.baseline!.folder);
  // What stands before a text, or a prompt, leaves no token of it without a context.
  const [drawn, omitted] =
    corpus.isPrompted || corpus.rowStart !== undefined
      ? ['', '']
      : [
          'The first token is drawn by how often it came first in the training text, without the network. ',
          ' and leaves out the first token',
        ];
  return [
    `The ${BASELINE} is autoregressive: it writes from left to right, a token in each step, so that its steps are the tokens of a sample. ${drawn}Its perplexity of ${textName({ text: corpus.facts })} is exact${omitted}; those of diffusion models are bounds.`,
    ...(judges ? [`It is also the autoregressive judge, which flatters it: read another judge's column.`] : []),
  ];
}

/** Published numbers of MAUVE are of so many texts. */
const MAUVE_TEXTS = 5000;

/** What a reader must know of settings that go with few samples, or with other text. */
function settingNotes({ config: { evaluation }, corpus }: EvaluationSetup): string[] {
  const { exactMatch, mauve, samples } = evaluation;
  return [
    ...(exactMatch !== 'whole' && !corpus.isPrompted
      ? ['evaluation.exactMatch is for text with prompts (data.promptField), and this has none; it was not read.']
      : []),
    ...(mauve && samples < MAUVE_TEXTS
      ? [
          `MAUVE of ${samples} texts lies above that of more: compare it at equal counts alone, and with published numbers at ${MAUVE_TEXTS} (evaluation.samples).`,
        ]
      : []),
  ];
}

/** What a reader must know of an evaluation before its numbers, in sentences, and which of them are to be heeded. */
export function notesOf(
  setup: EvaluationSetup,
): readonly { readonly kind: 'note' | 'caution'; readonly message: string }[] {
  const { corpus, warnings, assumed } = setup;
  // Nobody is to take training text for held-out text.
  const ofText = corpus.facts.heldOutIsTraining ? 'caution' : 'note';
  return [
    ...corpus.notes.map((message) => ({ kind: ofText, message }) as const),
    ...warnings.map((message) => ({ kind: 'caution', message }) as const),
    ...[...assumed, ...settingNotes(setup), ...baselineNotes(setup)].map(
      (message) => ({ kind: 'note', message }) as const,
    ),
  ];
}
