import {
  DRIFT_FACTOR,
  driftSchema,
  intervalSchema,
  manifestSchema,
  measuredSchema,
  sweepCellSchema,
} from '@idlm/evaluation';
import { z } from 'zod';
import type { ComparisonReport } from './compare';
import type { ReportData } from './data';

/** A comparison of teacher and student as JSON holds it. */
export const matchSchema = z.object({
  teacher: sweepCellSchema,
  student: sweepCellSchema,
  reached: z.boolean(),
  stepRatio: measuredSchema,
  evaluationRatio: measuredSchema,
  entropyGap: measuredSchema,
  perplexityRatio: z.record(z.string(), measuredSchema),
  perplexityIntervals: z.record(z.string(), intervalSchema).optional(),
  smallestGap: measuredSchema.optional(),
});

const film = z.object({
  title: z.string(),
  frames: z.array(
    z.object({ t: z.number(), text: z.string(), pieces: z.array(z.string()).optional(), networkCalls: measuredSchema }),
  ),
  order: z.object({ steps: z.int(), written: z.array(z.array(z.int())) }).optional(),
});

const pair = z.object({
  prompt: z.string(),
  shown: z.array(
    z.object({
      model: z.enum(['teacher', 'student']),
      steps: z.int(),
      texts: z.array(z.string()),
    }),
  ),
});

/** `report.json` of an evaluation or a quickstart. */
export const reportSchema: z.ZodType<ReportData> = z.object({
  title: z.string(),
  subtitle: z.string(),
  rows: z.array(sweepCellSchema),
  match: matchSchema.optional(),
  tolerance: z.number(),
  losses: z.record(z.string(), z.array(z.tuple([z.number(), measuredSchema]))),
  films: z.array(film),
  pair: pair.optional(),
  driftFactor: z.number().default(DRIFT_FACTOR),
  notes: z.array(z.string()).optional(),
  manifest: manifestSchema.omit({ rows: true }).partial(),
});

const spread = z.object({ mean: measuredSchema, deviation: measuredSchema });

const arm = z.object({
  arm: z.string(),
  steps: z.int(),
  seeds: z.int(),
  perplexity: z.record(z.string(), spread),
  entropy: spread,
  drift: z.object({ marginals: spread, pairs: spread, lengths: spread, entropy: spread }),
  driftFloor: driftSchema,
  evaluationsPerSample: spread,
  secondsPerSample: spread.optional(),
});

/** `report.json` of a comparison. */
export const comparisonSchema: z.ZodType<ComparisonReport> = z.object({
  subtitle: z.string(),
  summaries: z.array(arm),
  teacher: z.string(),
  compareAt: z.int(),
  tolerance: z.number(),
  work: z.array(z.object({ arm: z.string(), updates: z.int(), passes: z.number(), seconds: measuredSchema })),
  realText: manifestSchema.shape.realText,
  textName: z.string().optional(),
  notes: z.array(z.string()).optional(),
  manifest: z.unknown(),
});
