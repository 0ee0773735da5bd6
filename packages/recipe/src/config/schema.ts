import { z } from 'zod';
import { data } from './sections/data';
import { health } from './sections/health';
import { model } from './sections/model';
import { checkpoints, evaluation, logs, sampling } from './sections/output';
import { distillation, scorers, teacher } from './sections/training';
import { spec, whole } from './sections/values';

const engine = z.strictObject({
  name: z
    .enum(['auto', 'native', 'wasm', 'cpu'])
    .default('auto')
    .describe('auto: native if it is installed ("idlm engine install"), else wasm.'),
  compile: z
    .enum(['auto', 'graph', 'xla', 'off'])
    .default('auto')
    .describe(
      'On native: whole steps as one TensorFlow function, run by the graph executor (auto, graph) or compiled by XLA, which takes seconds for each list of shapes at first; off: op by op.',
    ),
  precision: z
    .enum(['auto', 'float32', 'tf32', 'bfloat16'])
    .default('auto')
    .describe(
      'Of products of matrices; sums and weights are float32. auto: float32 on CPUs, tf32 on GPUs; bfloat16 needs a GPU or amx_bf16.',
    ),
  threads: whole()
    .nullable()
    .default(null)
    .describe(
      'Threads of an operation; on WASM, workers that share much sampling. null: one for each core, which ranks on a machine share.',
    ),
  wire: z
    .enum(['float32', 'bfloat16'])
    .default('float32')
    .describe('What gradients are rounded to on their way between ranks (mpirun): bfloat16 is half of the bytes.'),
});

/** A configuration as a file holds it: every field has a default, those of a small run on packed text. */
export const configSchema = z.strictObject({
  imports: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Modules of JavaScript that register families, networks, samplers and others of your own, before the rest is checked: files as seen from this one (./mine.mjs), or packages as found from where the command runs.',
    ),
  seed: whole(0).default(1).describe('Everything random follows from it.'),
  engine: engine.prefault({}).describe('What computes.'),
  data: data.prefault({}).describe('What is learned from.'),
  model: model.prefault({}).describe('The network, the same for teacher, student and fake.'),
  family: spec()
    .prefault({ name: 'mdlm', options: { schedule: 'log-linear' } })
    .describe('The kind of diffusion: mdlm, masked diffusion. schedule: log-linear, cosine, …'),
  teacher: teacher.prefault({}).describe('How the teacher is trained.'),
  distillation: distillation.prefault({}).describe('How a student is distilled from it.'),
  scorers: scorers.prefault({}).describe('What judges samples.'),
  sampling: sampling.prefault({}).describe('How text is sampled.'),
  evaluation: evaluation.prefault({}).describe('How teacher and student are compared.'),
  checkpoints: checkpoints.prefault({}).describe('What a run keeps, to resume from.'),
  health: health.prefault({}).describe('How a training is watched, and what it may take.'),
  logs: logs.prefault({}).describe('What a run reports.'),
});

/** A complete configuration. */
export type Config = z.output<typeof configSchema>;

/** Values of a configuration as a program gives them: any of its fields. */
export type ConfigValues = z.input<typeof configSchema>;

/** Settings of one optimizer. */
export type OptimizerConfig = Config['teacher']['optimizer'];
