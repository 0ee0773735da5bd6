import { InputError, didYouMean, shortened } from '@idlm/core-diffusion';
import type { Role } from './evaluated-model';

/** What a paper reports of a model: at so many steps, of samples of 1024 tokens. */
export interface PaperNumbers {
  /** Generative perplexity by GPT-2 large. */
  readonly perplexity: number;
  readonly entropy: number;
  /** Absent where the paper has none. */
  readonly mauve?: number;
}

/** A row of a published table, with the recipe that leads to it. */
export interface PublishedLine {
  readonly name: string;
  /** The repository of its weights on the Hugging Face Hub. */
  readonly model: string;
  /** Its sizes, kind of diffusion and sampler, as a preset. */
  readonly preset: string;
  readonly role: Role;
  readonly steps: number;
  readonly paper: PaperNumbers;
}

/** Where the numbers stand. */
export const PAPER = 'IDLM, arXiv 2602.19066, OpenWebText, 169 M weights, 1024 tokens';

/** The judge of the paper, and its repository. */
export const PAPER_JUDGE = { name: 'gpt2-large', model: 'openai-community/gpt2-large' } as const;

/** Samples that the generation scripts of the IDLM repository draw: 10 batches of 8. */
export const SCRIPT_SAMPLES = 80;

/**
 * Rows of the paper's table, by name. Samplers and steps are those of the repository's generation scripts: MDLM's ancestral one with its
 * last step alike, Duo's with a greedy one, float64, no nucleus.
 * Source: IDLM (arXiv 2602.19066) and its repository, README.
 */
export const PUBLISHED_LINES: readonly PublishedLine[] = [
  {
    ...{ name: 'mdlm', model: 'kuleshov-group/mdlm-owt', preset: 'owt-mdlm', role: 'teacher', steps: 1024 },
    paper: { perplexity: 41.29, entropy: 5.28, mauve: 0.89 },
  },
  {
    ...{ name: 'idlm-mdlm', model: 'kekchpek/idlm-mdlm', preset: 'owt-mdlm', role: 'student', steps: 16 },
    paper: { perplexity: 32.75, entropy: 5.42, mauve: 0.93 },
  },
  {
    ...{ name: 'duo', model: 's-sahoo/duo', preset: 'owt-duo', role: 'teacher', steps: 1024 },
    paper: { perplexity: 71.72, entropy: 5.22, mauve: 0.9 },
  },
  {
    ...{ name: 'duo-dcd', model: 's-sahoo/duo-distilled', preset: 'owt-duo', role: 'student', steps: 4 },
    paper: { perplexity: 96.24, entropy: 4.93, mauve: 0.69 },
  },
  {
    ...{ name: 'idlm-duo', model: 'kekchpek/idlm-duo', preset: 'owt-duo', role: 'student', steps: 16 },
    paper: { perplexity: 68.04, entropy: 5.6 },
  },
  {
    ...{ name: 'idlm-dcd', model: 'kekchpek/idlm-dcd', preset: 'owt-duo', role: 'student', steps: 4 },
    paper: { perplexity: 77.47, entropy: 5.28, mauve: 0.89 },
  },
];

/** The row of a name. @throws InputError naming the nearest one, or all, if there is none */
export function publishedLine(name: string): PublishedLine {
  const found = PUBLISHED_LINES.find((row) => row.name === name);
  if (found) return found;
  const names = PUBLISHED_LINES.map((row) => row.name);
  throw new InputError(`There is no published row named "${shortened(name)}"; ${didYouMean(name, names)}`);
}
