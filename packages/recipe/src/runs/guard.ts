import type { Parameters } from '@idlm/core-diffusion';
import { percent } from '@idlm/core-diffusion/errors';
import { oneRank } from '@idlm/core-diffusion/ranks';
import { parameterCount } from '@idlm/denoiser';
import {
  DRIFT_STATISTICS,
  type Drift,
  type DriftReference,
  type TextBatch,
  distinct,
  driftRatios,
  driftReference,
  givenRows,
  worstDrift,
} from '@idlm/evaluation';
import { sampleAll } from '@idlm/samplers';
import { type Guard, type GuardCheck, type GuardTimes, requireGuard } from '@idlm/trainer';
import type { Config } from '../config/schema';
import type { OnEvent, TrainingEvent } from '../events';
import { openDenoisers } from '../sampling/denoisers';
import { drawnByRanks } from '../sampling/drawn-by-ranks';
import type { TaskContext } from './tasks';

/** What is drawn of a network. */
export interface Drawing {
  readonly rows: number;
  readonly steps: number;
  /** What messages call the network. */
  readonly network: string;
  readonly signal?: AbortSignal;
}

/** Samples of a network, always from the same noise and prompts, so that differences are those of the networks; ranks share the rows. */
export async function draw(
  context: TaskContext,
  parameters: Parameters,
  { rows, steps, network: name, signal }: Drawing,
): Promise<TextBatch> {
  const { corpus, network, family, sampling, streams, ranks = oneRank } = context;
  const { length } = corpus.heldOut;
  const given = givenRows(corpus.heldOut, rows, streams.guard('prompts'));
  const { sampler, shape, maxRows, grid } = sampling;
  const denoisers = openDenoisers(context, {
    rows: Math.min(rows, maxRows),
    multiplications: parameterCount(network) * rows * length * steps,
  });
  const denoise = denoisers.of({ network, parameters, schedule: family.schedule });
  try {
    const asked = { batch: rows, firstRow: 0, length, clamp: given?.clamp };
    const { tokens } = await drawnByRanks(ranks, asked, ({ clamp, ...some }) =>
      sampleAll({
        ...some,
        sampler,
        environment: {
          ...{ denoise, family, network: name, timeConditioned: network.config.timeConditioned, shape },
          random: streams.guard('samples'),
          clamp,
        },
        maxRows,
        length,
        grid: grid(steps),
        signal,
      }),
    );
    return { ids: tokens, batch: rows, length, valid: given?.rows.valid };
  } finally {
    denoisers.dispose();
  }
}

/** What a student's drift is judged by. */
export interface DriftLimits {
  /** The teacher's at many steps. */
  readonly teacher: Drift;
  /** What chance alone shows. */
  readonly floor: Drift;
  /** Largest drift, in multiples of the largest of the two and 0.01. */
  readonly factor: number;
  /** The teacher's at the student's few steps, where the student begins. */
  readonly start: Drift;
}

/**
 * What a check of a student's drift found: good within the limits, astray beyond them if further than where it began. Few
 * steps alone make a network drift, and a student needs some time to mend that.
 */
export function judgeDrift(student: Drift, { teacher, floor, factor, start }: DriftLimits): GuardCheck {
  const ratios = driftRatios(student, teacher, floor, factor);
  const { ratio: worst } = worstDrift(ratios);
  const outside = DRIFT_STATISTICS.filter((name) => !(ratios[name] <= 1));
  const isAstray = worst > worstDrift(driftRatios(start, teacher, floor, factor)).ratio;
  return {
    verdict: outside.length === 0 ? 'keep' : isAstray ? 'fail' : 'wait',
    metrics: {
      ...Object.fromEntries(DRIFT_STATISTICS.map((name) => [`guard/${name}`, student[name]])),
      'guard/worst': worst,
    },
    reason: outside.map((name) => `${name} at ${ratios[name].toFixed(2)} of the limit`).join(', ') || undefined,
  };
}

/** Tokens of the sequences that diversity is counted by. */
const SEQUENCE = 4;

/** The share of distinct sequences of four tokens among all within samples. */
const diversityOf = (samples: TextBatch): number => distinct(samples, SEQUENCE);

/** An alarm where a student repeats itself more than its teacher does; as a sentence. @param share of the teacher's below which it does */
function diversityAlarm(student: number, teacher: number, share: number, step: number): string | undefined {
  if (student >= share * teacher) return undefined;
  return `Diversity alarm at update ${step}: of the student's sequences of four tokens ${percent(student)} are distinct, of the teacher's ${percent(teacher)}; raise the objective's anchor, or lower the student's learning rate.`;
}

/** Updates between checks where none is set: a quarter of all, at most 100, spread so that few are left after the last. */
function spacingOf(updates: number): number {
  const checks = Math.max(4, Math.ceil(updates / 100));
  return Math.max(1, Math.floor(updates / checks));
}

/** When the configured guard looks, and when it ends a run; undefined where there is none. */
export function guardTimes({ distillation: { guard, updates } }: Config): GuardTimes | undefined {
  return guard ? { every: guard.every ?? spacingOf(updates), patience: guard.patience } : undefined;
}

/** Where the drift of samples is measured from, at the guard's number of them. */
function referenceFor({ corpus, streams }: TaskContext, samples: number): DriftReference {
  return driftReference({
    data: corpus.heldOut,
    samples,
    random: streams.guard('data'),
    padId: corpus.padId,
  });
}

/**
 * The configured early stop on drift: the student's samples at few steps must not drift from held-out data by more than
 * `factor` times what its teacher does at many steps, or what chance alone shows. The teacher is sampled here, once at
 * many steps and once at few.
 * @returns undefined where the configuration has none, or too little is held out to measure drift from
 * @throws InputError if it would never look
 */
export async function makeGuard(
  context: TaskContext,
  teacher: Parameters,
  onEvent?: OnEvent<TrainingEvent>,
  signal?: AbortSignal,
): Promise<Guard | undefined> {
  const { distillation, evaluation } = context.config;
  if (!distillation.guard) return undefined;
  const { samples, steps, factor, diversity } = distillation.guard;
  const times = guardTimes(context.config)!;
  requireGuard(times, distillation.updates);
  if (context.corpus.heldOut.batch < 2) {
    onEvent?.({ kind: 'unguarded' });
    return undefined;
  }
  const reference = referenceFor(context, samples);
  const { samples: rows, floor } = reference;
  const drawn = (parameters: Parameters, drawing: Omit<Drawing, 'rows'>) =>
    draw(context, parameters, { rows, ...drawing });
  const network = 'The teacher';
  const written = await drawn(teacher, { network, steps: evaluation.compareAt, signal });
  const [own, distinctOfTeacher] = [reference.of(written), diversityOf(written)];
  const start = reference.of(await drawn(teacher, { network, steps, signal }));
  const limits = { teacher: own, floor, factor, start };
  onEvent?.({ kind: 'drift-limits', steps: evaluation.compareAt, samples: rows, teacher: own, floor });
  return {
    ...times,
    async check(parameters, step, until) {
      const samplesOfStudent = await drawn(parameters, { network: 'The student', steps, signal: until });
      const { metrics, ...judged } = judgeDrift(reference.of(samplesOfStudent), limits);
      const found = diversityOf(samplesOfStudent);
      const alarm = diversityAlarm(found, distinctOfTeacher, diversity, step);
      return { ...judged, metrics: { ...metrics, 'guard/distinct': found }, alarms: alarm ? [alarm] : [] };
    },
  };
}
