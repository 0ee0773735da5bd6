import { InputError, type Json, jsonFault, parseJson } from '@idlm/core-diffusion';
import { z } from 'zod';
import type { ResultManifest } from './manifest';

/** A number in JSON, which has neither NaN nor infinity: they come back as null, and are NaN here. */
export const measuredSchema = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

const json = z.json().transform((value) => value as Json);

const spec = z.object({ name: z.string(), options: z.record(z.string(), json).optional() });

/** An interval as JSON holds it. */
export const intervalSchema = z.tuple([measuredSchema, measuredSchema]);

/** A drift as JSON holds it. */
export const driftSchema = z.object({
  marginals: measuredSchema,
  pairs: measuredSchema,
  lengths: measuredSchema,
  entropy: measuredSchema,
});

/** A likelihood in all units as JSON holds it. */
const likelihood = z.object({
  nll: measuredSchema,
  bitsPerToken: measuredSchema,
  perplexity: measuredSchema,
  bitsPerByte: measuredSchema,
  tokens: z.number(),
  bytes: z.number(),
  error: measuredSchema,
  intervals: z.object({
    nll: intervalSchema,
    bitsPerToken: intervalSchema,
    perplexity: intervalSchema,
    bitsPerByte: intervalSchema,
  }),
});

const text = z.object({
  samples: z.int(),
  perplexity: z.record(z.string(), measuredSchema),
  likelihood: z.record(z.string(), likelihood).optional(),
  entropy: measuredSchema,
  entropyError: measuredSchema,
  distinct: z.tuple([measuredSchema, measuredSchema, measuredSchema]),
  wordRate: measuredSchema,
  examples: z.array(z.string()),
});

/** A row of a sweep as JSON holds it. */
export const sweepCellSchema = text.extend({
  model: z.string(),
  steps: z.int(),
  temperature: z.number(),
  networkCalls: measuredSchema,
  evaluationsPerSample: measuredSchema,
  seconds: measuredSchema.optional(),
  drift: driftSchema,
  driftFloor: driftSchema,
  exactMatch: measuredSchema.optional(),
  exactMatchInterval: intervalSchema.optional(),
  mauve: z.record(z.string(), measuredSchema).optional(),
  entropyLoss: z.object({ nats: measuredSchema, error: measuredSchema, reference: z.string() }).optional(),
});

const origin = z.object({
  role: z.string().optional(),
  updates: z.int().optional(),
  ofRun: z.int().optional(),
  seconds: z.number().min(0).optional(),
  text: z.object({ corpus: z.string(), heldOut: z.number(), data: z.string().optional() }).optional(),
  settings: json,
  changes: json.optional(),
});

const model = z.object({
  folder: z.string(),
  absolute: z.string().optional(),
  weights: z.string(),
  family: spec.optional(),
  sampler: json.optional(),
  parameters: z.int().optional(),
  origin: origin.optional(),
});

const corpus = z.object({
  corpus: z.string(),
  absolute: z.string().optional(),
  fromManifest: z.string().optional(),
  heldOut: z.number(),
  documents: z.int(),
  characters: z.int(),
  trainTokens: z.int(),
  heldOutTokens: z.int(),
  heldOutIsTraining: z.boolean(),
});

const bound = likelihood.partial().extend({
  nll: measuredSchema,
  bitsPerToken: measuredSchema,
  perplexity: measuredSchema,
  standardError: measuredSchema,
  comparable: z.boolean().optional(),
});

const importedModule = z.object({
  specifier: z.string(),
  sha256: z.string(),
  place: z.object({ absolute: z.string(), fromRun: z.string() }).optional(),
});

/** A manifest as JSON holds it: with null for what is no number. */
export const manifestSchema = z.object({
  format: z.literal([1, 2]),
  models: z.record(z.string(), model),
  tokenizer: z.string(),
  data: z.string(),
  judges: z.record(z.string(), z.object({ weights: z.string() })).optional(),
  text: corpus.optional(),
  config: json,
  seed: z.int(),
  sampler: json,
  imports: z.array(importedModule).optional(),
  precision: z.string(),
  engine: z.object({ name: z.string(), version: z.string() }),
  versions: z.record(z.string(), z.string()),
  rows: z.array(sweepCellSchema),
  realText: text.optional(),
  bounds: z.record(z.string(), bound).optional(),
  notes: z.array(z.string()).optional(),
});

/** The newest format that is read. */
const NEWEST = 2;

/** A JSON object from text. @throws InputError if it is empty, cut short, or another value */
function objectFrom(source: string, what: string, wanted: string): { readonly format?: unknown } {
  if (!source.trim()) throw new InputError(`${what} is empty; ${wanted}.`);
  let value: unknown;
  try {
    value = parseJson(source.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InputError(`${what} ${jsonFault(error, 'is no JSON, or was cut short')}; ${wanted}.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InputError(`${what} holds no JSON object; ${wanted}.`);
}

/** The first thing that is wrong, such as `rows.0.entropy: …`. */
function firstProblem({ issues }: z.ZodError): string {
  const { path, message } = issues[0]!;
  return `${path.join('.')}: ${message}`;
}

/**
 * A manifest from JSON text.
 * @param what its name in messages
 * @throws InputError in one sentence if it is empty, cut short, of a newer format, another record, or damaged
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { parseManifest } from '@idlm/evaluation';
 *
 * const path = 'runs/eval/manifest.json';
 * const text = await readFile(path, 'utf8').catch(() => '');
 * try {
 *   const { rows, models } = parseManifest(text, path);
 *   console.log(rows.length, Object.keys(models));
 * } catch (error) {
 *   console.log((error as Error).message); // → runs/eval/manifest.json …
 * }
 * ```
 */
export function parseManifest(source: string, what: string): ResultManifest {
  const wanted = 'name the manifest.json of an evaluation';
  const value = objectFrom(source, what, wanted);
  if (typeof value.format === 'number' && value.format > NEWEST)
    throw new InputError(
      `${what} has format ${value.format}, and this version of idlm reads formats up to ${NEWEST}; use the version that wrote it.`,
    );
  if (value.format === undefined)
    throw new InputError(`${what} is no manifest of an evaluation, but that of a run or another record; ${wanted}.`);
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError(`${what} is no manifest of an evaluation (${firstProblem(parsed.error)}); ${wanted}.`);
}
