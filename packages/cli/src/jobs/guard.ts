import { type Parameters, type TokenBatch, randomStream, timeGrid } from '@idlm/core-diffusion';
import { dit, hostDenoiser } from '@idlm/denoiser';
import {
  DRIFT_STATISTICS,
  type Drift,
  type DriftReference,
  driftRatios,
  driftReference,
  withinDrift,
} from '@idlm/evaluation';
import { sampleAll } from '@idlm/samplers';
import { type Guard, type GuardCheck, requireGuard } from '@idlm/trainer';
import { samplerFor } from '../config';
import { familyFor } from './network';
import type { Reporter } from './reporter';
import type { TaskContext } from './tasks';

/** Samples of a network, always from the same noise, so that differences are those of the networks. */
async function draw(
  { config, engine, corpus, network }: TaskContext,
  parameters: Parameters,
  rows: number,
  steps: number,
  signal?: AbortSignal,
): Promise<TokenBatch> {
  const family = familyFor(config, corpus.tokenizer);
  const denoise = hostDenoiser({
    denoiser: dit(network),
    parameters,
    schedule: family.schedule,
    compile: engine.compile,
  });
  const random = randomStream(config.seed).split('guard').split('samples');
  const { length } = config.data;
  try {
    const { tokens } = await sampleAll({
      sampler: samplerFor(config, family),
      environment: { denoise, family, timeConditioned: network.timeConditioned, random },
      batch: rows,
      maxRows: config.sampling.batch,
      length,
      grid: timeGrid(steps),
      signal,
    });
    return { ids: tokens, batch: rows, length };
  } finally {
    denoise.dispose();
  }
}

/** A drift in words, such as `tokens 0.012, pairs 0.071, lengths −1.3 %, entropy +0.2 %`. */
export function describeDrift({ marginals, pairs, lengths, entropy }: Drift): string {
  const percent = (share: number) => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)} %`;
  return `tokens ${marginals.toFixed(3)}, pairs ${pairs.toFixed(3)}, lengths ${percent(lengths)}, entropy ${percent(entropy)}`;
}

/** What a check of a student's drift found, against its teacher's. */
export function judgeDrift(student: Drift, teacher: Drift, floor: Drift, factor: number): GuardCheck {
  const ratios = driftRatios(student, teacher, floor, factor);
  const outside = DRIFT_STATISTICS.filter((name) => !(ratios[name] <= 1));
  return {
    verdict: withinDrift(student, teacher, floor, factor) ? 'keep' : 'strike',
    metrics: {
      ...Object.fromEntries(DRIFT_STATISTICS.map((name) => [`guard/${name}`, student[name]])),
      'guard/worst': Math.max(...DRIFT_STATISTICS.map((name) => ratios[name])),
    },
    reason: outside.map((name) => `${name} at ${ratios[name].toFixed(2)} of the limit`).join(', ') || undefined,
  };
}

/** Where the drift of samples is measured from, at the guard's number of them. */
function referenceFor({ config, corpus }: TaskContext, samples: number): DriftReference {
  return driftReference({
    data: corpus.heldOut,
    samples,
    random: randomStream(config.seed).split('guard').split('data'),
    padId: corpus.padId,
  });
}

/**
 * The configured early stop on drift: the student's samples at few steps must not drift from held-out data by more than
 * `factor` times what its teacher does at many steps, or what chance alone shows. The teacher is sampled once, here.
 * @returns undefined where the configuration has none
 * @throws InputError if it would never look
 */
export async function makeGuard(
  context: TaskContext,
  teacher: Parameters,
  reporter: Pick<Reporter, 'note'>,
  signal?: AbortSignal,
): Promise<Guard | undefined> {
  const { distillation, evaluation } = context.config;
  if (!distillation.guard) return undefined;
  const { every, patience, samples, steps, factor } = distillation.guard;
  requireGuard({ every, patience }, distillation.updates);
  const reference = referenceFor(context, samples);
  const { samples: rows, floor } = reference;
  const drift = async (parameters: Parameters, count: number, until?: AbortSignal) =>
    reference.of(await draw(context, parameters, rows, count, until));
  const own = await drift(teacher, evaluation.compareAt, signal);
  reporter.note(
    `Guard: the teacher at ${evaluation.compareAt} steps drifts by ${describeDrift(own)}; chance alone by ${describeDrift(floor)} (${rows} samples).`,
  );
  return {
    every,
    patience,
    check: async (parameters, _step, until) => judgeDrift(await drift(parameters, steps, until), own, floor, factor),
  };
}
