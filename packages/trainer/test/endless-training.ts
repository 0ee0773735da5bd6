import type { EngineName } from '@idlm/engine';
import { openEngine } from '@idlm/engine';
import { type TaskName, tinyTask, trainIn } from './train';

/** Trains with a checkpoint after each update, until it is killed: argv is the run's folder and the task. */
const [path, name] = process.argv.slice(2) as [string, TaskName];
const engine = await openEngine({ prefer: (process.env['IDLM_ENGINE'] ?? 'wasm') as EngineName });
const task = tinyTask(engine, name);
await trainIn(path, task, {
  config: { updates: 1000, checkpointEvery: 1, sampleEvery: 1 },
  sample: async (_parameters, step) => {
    process.stdout.write(`${step}\n`);
    return [];
  },
});
