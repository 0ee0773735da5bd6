import { InputError, type Json, type Spec } from '@idlm/core-diffusion';
import type { LikelihoodSummary } from '../metrics/perplexity';
import type { SweepRow } from '../sweeps/sweep';

/** A model of a result. */
export interface ManifestModel {
  /** Where it was. */
  readonly folder: string;
  /** sha256 of its weights. */
  readonly weights: string;
  /** The family that it was sampled as; absent for judges, and in manifests that have one family for all. */
  readonly family?: Spec;
}

/** Everything that a result depends on, so that it can be run again and compared. */
export interface ResultManifest {
  readonly format: 1;
  /** The models, by role. */
  readonly models: Readonly<Record<string, ManifestModel>>;
  /** sha256 of the tokenizer and of the corpus's tokens. */
  readonly tokenizer: string;
  readonly data: string;
  readonly config: Json;
  readonly seed: number;
  readonly sampler: Json;
  /** Networks run in float32, sampling in float64. */
  readonly precision: string;
  readonly engine: { readonly name: string; readonly version: string };
  /** Package and Node versions. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly SweepRow[];
  /** Bound on −ln p of held-out text per token, by model. */
  readonly bounds?: Readonly<Record<string, LikelihoodSummary & { readonly standardError: number }>>;
}

const FIELDS = ['models', 'tokenizer', 'data', 'config', 'seed', 'engine', 'rows'] as const;

/**
 * A manifest from JSON text.
 * @throws InputError if it is none
 */
export function parseManifest(text: string, what: string): ResultManifest {
  let value: Partial<ResultManifest> | undefined;
  try {
    value = JSON.parse(text) as Partial<ResultManifest>;
  } catch {
    throw new InputError(`${what} is no JSON; name the manifest.json of an evaluation.`);
  }
  const missing = value?.format === 1 ? FIELDS.find((name) => value[name] === undefined) : 'format 1';
  if (missing) throw new InputError(`${what} is no manifest of an evaluation: it lacks ${missing}.`);
  return value as ResultManifest;
}

/** A number that came out differently. */
export interface Difference {
  /** Such as `student at 8 steps: entropy`. */
  readonly where: string;
  readonly before: number | string;
  readonly now: number | string;
}

/** Numbers of a row that two runs must share. */
function numbersOf({
  perplexity,
  entropy,
  wordRate,
  networkCalls,
  evaluationsPerSample,
  drift,
  distinct,
}: SweepRow): Record<string, number> {
  return {
    ...Object.fromEntries(Object.entries(perplexity).map(([name, value]) => [`${name} perplexity`, value])),
    entropy,
    // JSON has no NaN: a rate over no words comes back as null.
    'word rate': wordRate ?? NaN,
    'network calls': networkCalls,
    'evaluations per sample': evaluationsPerSample,
    'drift of tokens': drift.marginals,
    'drift of pairs': drift.pairs,
    'drift of lengths': drift.lengths,
    'drift of entropy': drift.entropy,
    'distinct-2': distinct[1],
  };
}

/** Inputs whose hashes differ: then other numbers are no surprise. */
export function compareInputs(before: ResultManifest, now: ResultManifest): Difference[] {
  const models = Object.entries(before.models).map(
    ([name, { weights }]) => [`weights of the ${name}`, weights, now.models[name]?.weights ?? 'none'] as const,
  );
  const rest = [['tokenizer', before.tokenizer, now.tokenizer] as const, ['data', before.data, now.data] as const];
  return [...models, ...rest].filter(([, a, b]) => a !== b).map(([where, a, b]) => ({ where, before: a, now: b }));
}

/**
 * Numbers of a fresh run that are not those of the manifest.
 * @param tolerance allowed relative difference: 0 on the same engine and version, where runs are bit for bit equal
 */
export function compareRows(before: readonly SweepRow[], now: readonly SweepRow[], tolerance: number): Difference[] {
  return before.flatMap((row): Difference[] => {
    const name = `${row.model} at ${row.steps} steps, temperature ${row.temperature}`;
    const found = now.find(
      (other) => other.model === row.model && other.steps === row.steps && other.temperature === row.temperature,
    );
    if (!found) return [{ where: name, before: 'measured', now: 'not measured' }];
    const fresh = numbersOf(found);
    return Object.entries(numbersOf(row)).flatMap(([key, value]) => {
      const other = fresh[key]!;
      const same = Object.is(value, other) || Math.abs(value - other) <= tolerance * Math.abs(value);
      return same ? [] : [{ where: `${name}: ${key}`, before: value, now: other }];
    });
  });
}

/** Likelihood bounds of a fresh run that are not those of the manifest; see `compareRows`. */
export function compareBounds(
  before: ResultManifest['bounds'] = {},
  now: ResultManifest['bounds'] = {},
  tolerance: number,
): Difference[] {
  return Object.entries(before).flatMap(([model, { nll }]) => {
    const other = now[model]?.nll ?? NaN;
    return Math.abs(nll - other) <= tolerance * Math.abs(nll)
      ? []
      : [{ where: `${model}: NELBO`, before: nll, now: other }];
  });
}
