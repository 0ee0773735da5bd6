import { join } from 'node:path';
import { loadTokenizer } from '@idlm/data';
import { describeModel, loadModel } from '@idlm/denoiser/node';
import { measureMatMul } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import { prepareCorpus } from '../jobs/corpus';
import { makeGuard } from '../jobs/guard';
import { weightsHash } from '../jobs/manifest';
import { modelFolder } from '../jobs/model-folder';
import { withModelFamily } from '../jobs/model-family';
import { familyFor } from '../jobs/network';
import { makeDistillationTask } from '../jobs/tasks';
import { type Terminal, terminalReporter } from '../terminal';
import { describePlan, planRun } from './plan';
import { runTask } from './run';
import { openConfigured } from './shared';
import { type RunOptions, configFor, modeOf, reportEnd } from './train';

/** `idlm distill`. */
export async function distill(
  options: RunOptions & { readonly teacher: string },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const loaded = await configFor(options);
  const reporter = terminalReporter(terminal);
  const folder = await modelFolder(options.teacher);
  const tokenizer = await loadTokenizer(folder);
  const config = withModelFamily({ loaded, folder, model: await describeModel(folder), tokenizer });
  const corpus = await prepareCorpus(config, tokenizer);
  const engine = await openConfigured(config, reporter);
  const { config: network, parameters } = await loadModel(folder);
  const { updates, batch, fakeUpdates } = config.distillation;
  if (options.dryRun) {
    const plan = planRun('distilling the student', network, {
      trained: 2,
      frozen: 1,
      updates,
      batch,
      steps: fakeUpdates + 1,
    });
    return terminal.result(plan, () => describePlan(plan, measureMatMul()));
  }
  const context = { config, engine, corpus, network };
  const mode = modeOf(options);
  const task = makeDistillationTask(context, parameters);
  try {
    const result = await runTask({
      ...context,
      task,
      updates,
      label: 'Distilling the student',
      type: config.family.name,
      family: familyFor(config, tokenizer).spec,
      path: options.out,
      mode,
      samples: true,
      identity: { teacher: await weightsHash(folder) },
      guard: () => makeGuard(context, parameters, reporter, signal),
      reporter,
      signal,
    });
    reportEnd(terminal, `distill --teacher ${options.teacher}`, join(options.out), result);
  } finally {
    tf.dispose(parameters);
    task.dispose();
  }
}
