/** How text is simplified before it becomes tokens. */
export type Normalisation =
  /** As it is. */
  | 'none'
  /** Lower case. */
  | 'lowercase'
  /** The 26 letters in lower case, everything else as a space, runs of spaces as one. */
  | 'letters';

/** The normalisations by name. */
export const NORMALISATIONS = ['none', 'lowercase', 'letters'] as const satisfies readonly Normalisation[];

/** Applies a normalisation. */
export function normalise(text: string, kind: Normalisation): string {
  if (kind === 'none') return text;
  const lower = text.toLowerCase();
  return kind === 'letters' ? lower.replaceAll(/[^a-z]+/g, ' ').trim() : lower;
}
