import { dirname, join, resolve } from 'node:path';
import type { Json } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { RUN_FILES } from '@idlm/trainer';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { type Config, configSchema } from '../config/schema';
import { readRecord } from './json-record';
import { importSchema, placeSchema } from './places';

/** What a run makes. */
const RUN_ROLES = ['teacher', 'scorer', 'student'] as const;

/** What a run makes. */
export type RunRole = (typeof RUN_ROLES)[number];

const engineSchema = z.object({ name: z.string(), version: z.string() });

/** `manifest.json` of a run. */
const runManifestSchema = z.looseObject({
  role: z.enum(RUN_ROLES).optional(),
  seed: z.int(),
  /** sha256 over all tokens. */
  data: z.string(),
  tokenizer: z.string(),
  /** How much text there was to learn from. */
  text: z.object({ corpus: z.string(), heldOut: z.number(), trainTokens: z.int(), heldOutTokens: z.int() }).optional(),
  places: z.object({ corpus: placeSchema.optional(), tokenizer: placeSchema.optional() }).optional(),
  /** Modules that it was made with. */
  imports: z.array(importSchema).optional(),
  /** What was assumed of the model that it was made from, and in what that was used otherwise than it was trained. */
  notes: z.array(z.string()).optional(),
  engine: engineSchema,
  versions: z.record(z.string(), z.string()),
  /** Settings and engines with which it went on otherwise, each with the updates that it had made by then. */
  changes: z.array(z.object({ update: z.int(), path: z.string(), from: z.unknown(), to: z.unknown() })).optional(),
});

/** `manifest.json` of a run. */
export type RunManifest = z.output<typeof runManifestSchema>;

/** What a run tells of itself. */
export interface RunRecords {
  /** Folder of the run. */
  readonly run: string;
  readonly config: Config;
  /** Absent in folders that somebody took it from. */
  readonly manifest?: RunManifest;
}

/** `config.resolved.json`: defaults stand for what a run does not read, but each has a seed and a text. */
const runConfigSchema = z
  .looseObject({ seed: z.int(), data: z.looseObject({ corpus: z.string() }) })
  .pipe(configSchema as z.ZodType<Config, { seed: number; data: { corpus: string } }>);

/** Name of the record of a model that was trained within another command, in its folder. */
const TRAINING = 'training.json';

const trainingSchema = z.object({ config: runConfigSchema, manifest: runManifestSchema });

/** Writes the record of a model that was trained within another command. */
export const saveTrainingRecord = (
  folder: string,
  record: { readonly config: Readonly<Record<string, Json>>; readonly manifest: RunManifest },
): Promise<void> => writeFileAtomically(join(folder, TRAINING), `${JSON.stringify(record, null, 2)}\n`);

/** The run that a path means: itself, or the one that a checkpoint lies in. */
function runOf(path: string): string | undefined {
  const ofCheckpoint = dirname(resolve(path));
  const runs = [path, ...(ofCheckpoint.endsWith(RUN_FILES.checkpoints) ? [dirname(ofCheckpoint)] : [])];
  return runs.find((folder) => existsSync(join(folder, RUN_FILES.config)));
}

/**
 * The records of the run that a model comes from.
 * @param path a run, a checkpoint in one, or a model that another command has trained
 * @param advice what to do where a record is damaged, as a clause
 * @returns undefined where it comes from no run, as a downloaded model does
 * @throws InputError in one sentence if a record is damaged
 */
export async function readRunRecords(path: string, advice: string): Promise<RunRecords | undefined> {
  const run = runOf(path);
  if (run === undefined) {
    const training = await readRecord(join(path, TRAINING), trainingSchema, advice);
    return training && { run: path, ...training };
  }
  const config = await readRecord(join(run, RUN_FILES.config), runConfigSchema, advice);
  const manifest = await readRecord(join(run, RUN_FILES.manifest), runManifestSchema, advice);
  return config && { run, config, ...(manifest ? { manifest } : {}) };
}
