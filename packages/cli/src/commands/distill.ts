import { join } from 'node:path';
import type { Parameters } from '@idlm/core-diffusion';
import { hashWeights, readWeights } from '@idlm/denoiser/node';
import { measureMatMul } from '@idlm/engine';
import { NonFiniteStep } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { requireRead } from '../config';
import { prepareCorpus, showReading } from '../jobs/corpus';
import { describeCorpus } from '../jobs/corpus-description';
import { draw, makeGuard } from '../jobs/guard';
import { predictedShare, textBytes } from '../jobs/memory-estimate';
import { fitModel } from '../jobs/model-family';
import { readModel, textWarnings, withModelData } from '../jobs/model-origin';
import { familyFor } from '../jobs/network';
import { requireModelSettings, withNetwork } from '../jobs/model-settings';
import { type TaskContext, makeDistillationTask, objectiveFor } from '../jobs/tasks';
import { type Interrupts, type Terminal, terminalReporter } from '../terminal';
import { describePlan, planRun } from './plan';
import { beginningOf, reportFinished } from './resume';
import { runTask } from './run';
import { openConfigured } from './shared';
import { type RunOptions, modeOf, reportEnd } from './train';

/** Where a step was refused: asks whether the teacher can be sampled at all, since then it is not the learning rate. */
async function blameTeacher(error: unknown, context: TaskContext, teacher: Parameters, folder: string): Promise<never> {
  if ((error as Error).cause instanceof NonFiniteStep)
    await draw(context, teacher, { rows: 4, steps: 8, network: `The teacher in ${folder}` });
  throw error;
}

/** `idlm distill`. */
export async function distill(
  options: RunOptions & { readonly teacher: string },
  terminal: Terminal,
  interrupts: Interrupts,
): Promise<void> {
  const mode = modeOf(options);
  const { loaded, resumed } = await beginningOf(options, 'student');
  requireRead(loaded, 'distill');
  if (reportFinished(terminal, resumed)) return;
  const reporter = terminalReporter(terminal);
  const given = await readModel(options.teacher, loaded);
  const { folder, model } = given;
  const { network } = model;
  await requireModelSettings(loaded, given);
  const onText = withModelData(loaded, given);
  const { config: fitted, tokenizer, assumed, warnings } = fitModel({ ...given, loaded: onText });
  const config = withNetwork(fitted, network);
  assumed.forEach((sentence) => reporter.note(sentence));
  reporter.doing('Reading the text');
  const read = { tokenizer, rowStart: network.config.rowStart };
  const corpus = await prepareCorpus(config, read, showReading(reporter));
  reporter.note(describeCorpus(config.data, corpus));
  [...warnings, ...textWarnings(given, onText, corpus)].forEach((sentence) => terminal.warn(sentence));
  objectiveFor({ network, corpus }, config);
  reporter.doing('Opening the engine');
  const engine = await openConfigured(loaded, reporter);
  const { updates, batch, fakeUpdates } = config.distillation;
  if (options.dryRun) {
    // The engine is open for its rate; the weights, which may be large, are not read.
    const plan = planRun('distilling the student', {
      ...{ engine: engine.name, network, trained: 2, frozen: 1, batch, steps: fakeUpdates + 1 },
      predicted: predictedShare(familyFor(config, tokenizer)),
      text: textBytes(corpus),
      updates: updates - (resumed?.step ?? 0),
    });
    return terminal.result(plan, () => describePlan(plan, measureMatMul()));
  }
  const { parameters } = await readWeights(folder, network);
  const context = { config, engine, corpus, network };
  const task = makeDistillationTask(context, parameters);
  try {
    const result = await runTask({
      ...context,
      task,
      updates,
      label: 'Distilling the student',
      family: familyFor(config, tokenizer).spec,
      path: options.out,
      role: 'student',
      mode,
      resumed,
      samples: true,
      identity: { teacher: await hashWeights(folder) },
      notes: [...assumed, ...warnings],
      guard: () => makeGuard(context, parameters, reporter, interrupts.signal),
      reporter,
      interrupts,
    }).catch((error: unknown) => blameTeacher(error, context, parameters, folder));
    reportEnd(terminal, `distill --teacher ${options.teacher}`, join(options.out), result);
  } finally {
    tf.dispose(parameters);
    task.dispose();
  }
}
