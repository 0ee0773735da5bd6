import { InputError } from '@idlm/core-diffusion';
import type { Match, ResultManifest } from '@idlm/evaluation';
import { openConfigured } from '../config/engine';
import type { LoadedConfig } from '../config/load';
import { type EvaluationResult, evaluateModels } from '../evaluation/evaluation';
import type { GivenModels } from '../evaluation/setup';
import type { Model } from './model';
import { textAtHand } from './text-at-hand';
import type { JobOptions } from './train';

/** Models of an evaluation, or paths of them or of their runs; at least one that writes. */
export interface EvaluateOptions extends JobOptions {
  readonly teacher?: Model | string;
  readonly student?: Model | string;
  /** An autoregressive model that lies in a folder, as a writer beside them. */
  readonly baseline?: Model | string;
  /** An autoregressive model that lies in a folder, as a judge beside the n-grams of the training text. */
  readonly scorer?: Model | string;
}

/** What an evaluation found. */
export interface Evaluation extends Pick<ResultManifest, 'rows' | 'realText' | 'bounds'> {
  /** Teacher and student compared: at how many steps the student reaches the teacher. */
  readonly match?: Match;
  /** All numbers and everything that they depend on, as `idlm reproduce` reads it; models and text as seen from here. */
  readonly manifest: ResultManifest;
}

const isModel = (one: Model | string | undefined): one is Model => typeof one === 'object';

/** @throws InputError for a judge in memory */
function requireFolder(scorer: Model | string | undefined): void {
  if (isModel(scorer) && scorer.folder === undefined)
    throw new InputError('A judge lies in a folder: train the scorer with "out", or save it and name that folder.');
}

function givenModels({ teacher, student, baseline, scorer }: EvaluateOptions): GivenModels {
  const all = Object.entries({ teacher, student, baseline, scorer });
  return Object.fromEntries(all.flatMap(([role, one]) => (one ? [[role, isModel(one) ? one.given : one]] : [])));
}

/**
 * Measures quality and diversity of models over steps and temperatures on held-out text: that of the first model, unless another
 * is set.
 * @throws InputError if there is no model that writes, or one does not fit the others; the signal's reason once it is aborted
 * @example
 * ```ts
 * import { distill, evaluate, resolveConfig, trainTeacher } from '@idlm/recipe';
 *
 * const tiny = { model: { hidden: 16, blocks: 1, heads: 2, cond: 4 }, data: { length: 8 }, engine: { name: 'wasm' as const } };
 * const brief = { teacher: { updates: 3, batch: 2 }, distillation: { updates: 2, batch: 2, guard: null } };
 * const evaluation = { samples: 8, teacherSteps: [1, 4], studentSteps: [2] };
 * const config = resolveConfig({ set: { ...tiny, ...brief, evaluation } });
 * const teacher = await trainTeacher(config, { text: 'the sea and the whale '.repeat(40) });
 * const student = await distill(config, { teacher });
 * const { rows, match } = await evaluate(config, { teacher, student });
 * for (const { model, steps, entropy } of rows) console.log(model, steps, entropy > 0);
 * console.log(match?.teacher.steps);
 * // → teacher 1 true
 * // → teacher 4 true
 * // → student 2 true
 * // → 4
 * ```
 */
export async function evaluate(config: LoadedConfig, options: EvaluateOptions): Promise<Evaluation> {
  const { engine, onEvent, signal, teacher, student, baseline, scorer } = options;
  requireFolder(scorer);
  const first = [teacher, student, baseline].find((one) => one !== undefined);
  const corpus = isModel(first) ? textAtHand(first, config) : undefined;
  const { manifest, match }: EvaluationResult = await evaluateModels({
    loaded: config,
    given: givenModels(options),
    ...(corpus ? { corpus } : {}),
    folder: '.',
    open: async (networks) => engine ?? openConfigured(config, networks),
    onEvent,
    signal,
  });
  const { rows, realText, bounds } = manifest;
  return { rows, realText, bounds, manifest, ...(match ? { match } : {}) };
}
