import { InputError, type NoiseSchedule } from '@idlm/core-diffusion/sampling';

/** A step with remasking: from the signal level α_t to α_s, while settled tokens are masked again with the chance σ. */
export interface Remasking {
  readonly alphaT: number;
  readonly alphaS: number;
  /** σ ≤ (1 − α_s)/α_t, of every settled token; under `'confidence'` that of all of them together. */
  readonly chance: number;
  /** Time at which the process has the level α_t. */
  readonly t: number;
}

/** How a strategy steps from one time to another. */
export type Strategy = (from: number, to: number, schedule: NoiseSchedule) => Remasking;

/** Which tokens are masked again, and how many. */
export const STRATEGIES = ['cap', 'rescale', 'confidence', 'loop', 'forward-backward', 'flow-matching'] as const;

/** The name of a strategy. */
export type RemaskingStrategy = (typeof STRATEGIES)[number];

/** What a strategy is told. */
export interface RemaskingOptions {
  /** η of `'cap'`, `'rescale'` and `'loop'`: the chance of a step, before it is capped or rescaled, in [0, 1] (default 0.02). */
  readonly eta?: number;
  /** Time at which a `'loop'` begins, in (0, 1) (default 0.55). */
  readonly on?: number;
  /** Time at which it ends, above 0 and below `on` (default 0.05). */
  readonly off?: number;
  /** Signal level in between, in (0, 1) (default 0.9). */
  readonly alphaOn?: number;
}

/** The largest σ for which the share of masks may follow the schedule. */
const most = (alphaT: number, alphaS: number): number => (alphaT === 0 ? 1 : Math.min(1, (1 - alphaS) / alphaT));

/** A strategy on the schedule's own levels. */
const onSchedule =
  (chance: (alphaT: number, alphaS: number, t: number) => number): Strategy =>
  (from, to, schedule) => {
    const [alphaT, alphaS] = [schedule.alpha(from), schedule.alpha(to)];
    return { alphaT, alphaS, chance: chance(alphaT, alphaS, from), t: from };
  };

/** σ of a corrector that undoes β times what the predictor does. */
const corrector = (beta: (t: number) => number): Strategy =>
  onSchedule((alphaT, alphaS, t) =>
    alphaT === 0 ? 1 : Math.min((beta(t) * (alphaS - alphaT)) / alphaT, most(alphaT, alphaS)),
  );

/** Steps to α_on, then at this level as long as it lasts, then on; each stretch follows the schedule's form. */
function loop({ eta, on, off, alphaOn }: Required<RemaskingOptions>): Strategy {
  const levelAt = (t: number, { alpha }: NoiseSchedule): number => {
    if (t > on) return (alpha(t) * alphaOn) / alpha(on);
    return t > off ? alphaOn : 1 - ((1 - alpha(t)) * (1 - alphaOn)) / (1 - alpha(off));
  };
  return (from, to, schedule) => {
    const [alphaT, alphaS] = [levelAt(from, schedule), levelAt(to, schedule)];
    const isInside = from <= on && from > off;
    const chance = isInside ? Math.min(eta, most(alphaT, alphaS)) : 0;
    return { alphaT, alphaS, chance, t: schedule.inverse(alphaT) };
  };
}

function checkOptions({ eta, on, off, alphaOn }: Required<RemaskingOptions>): void {
  if (!(eta >= 0 && eta <= 1)) throw new InputError(`The chance eta of remasking lies in [0, 1]; ${eta} was given.`);
  if (!(on < 1 && on > off && off > 0))
    throw new InputError(`A loop of remasking runs down within (0, 1); from ${on} to ${off} was given.`);
  if (!(alphaOn > 0 && alphaOn < 1))
    throw new InputError(`The signal level alphaOn of a loop lies between 0 and 1; ${alphaOn} was given.`);
}

/** All options with their defaults. @throws InputError for options out of range */
export function remaskingOptions({
  eta = 0.02,
  on = 0.55,
  off = 0.05,
  alphaOn = 0.9,
}: RemaskingOptions): Required<RemaskingOptions> {
  const options = { eta, on, off, alphaOn };
  checkOptions(options);
  return options;
}

/** Those of the options that a strategy reads. */
export function optionsRead(name: RemaskingStrategy, { eta, ...ofLoop }: Required<RemaskingOptions>): RemaskingOptions {
  if (name === 'loop') return { eta, ...ofLoop };
  return name === 'cap' || name === 'rescale' ? { eta } : {};
}

/**
 * A strategy by name.
 * Source: ReMDM (arXiv 2503.00307), section 4, with the correctors that its repository compares: forward-backward (arXiv 2205.14987)
 * and discrete flow matching (arXiv 2407.15595, b = 10 t^¼ (1 − t)^¼).
 */
export function strategyOf(name: RemaskingStrategy, options: Required<RemaskingOptions>): Strategy {
  const { eta } = options;
  switch (name) {
    case 'cap':
      return onSchedule((alphaT, alphaS) => Math.min(eta, most(alphaT, alphaS)));
    case 'rescale':
      return onSchedule((alphaT, alphaS) => eta * most(alphaT, alphaS));
    case 'confidence':
      return onSchedule(most);
    case 'loop':
      return loop(options);
    case 'forward-backward':
      return corrector(() => 1);
    case 'flow-matching':
      return corrector((t) => 10 * (t * (1 - t)) ** 0.25);
  }
}
