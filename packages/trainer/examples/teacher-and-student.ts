// Trains a teacher, goes on with it after an interruption, and distils a student from it.
//   npx tsx -C @idlm/source packages/trainer/examples/teacher-and-student.ts
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { mdlm, randomStream } from '@idlm/core-diffusion';
import { LETTERS, characterTokenizer, tokenizerFiles, windowLoader } from '@idlm/data';
import { dit, initialParameters } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import { inverseObjective } from '@idlm/idlm-loss';
import { type Task, createTrainer, distillationTask, learningRate, openRunDirectory, teacherTask } from '@idlm/trainer';

const engine = await openEngine();
const tokenizer = characterTokenizer(LETTERS, 'letters');
const tokens = tokenizer.encode('the sea was calm and the ship was slow and the crew sang to the sea '.repeat(20));
const { vocabSize, maskId } = tokenizer;
const config = { hidden: 32, blocks: 1, heads: 2, cond: 8, vocabSize, length: 16, timeConditioned: false };
const [family, denoiser, random] = [mdlm({ vocabSize, maskId }), dit(config), randomStream(1)];
const loader = windowLoader({ tokens, length: config.length, batch: 16, random: random.split('data') });
const rates = (rate: number, ema: number) => ({
  rate: learningRate({ rate, warmup: 10 }),
  clip: 1,
  ema: { decay: ema },
});

const parent = await mkdtemp(join(tmpdir(), 'idlm-trainer-'));

/** Trains a task in a run directory, or goes on with the run that is there. */
async function train(task: Task, updates: number, mode: 'new' | 'resume'): Promise<string> {
  const path = join(parent, task.name);
  const run = await openRunDirectory({ path, mode, config: {}, manifest: { seed: 1 }, clock: Date.now });
  try {
    const trainer = createTrainer({
      task,
      model: { network: denoiser.describe(), family: family.spec, files: tokenizerFiles(tokenizer) },
      store: run.checkpoints,
      sinks: run.sinks,
      identity: { seed: 1 },
      resume: mode === 'resume' ? 'latest' : undefined,
      config: { updates, logEvery: 25, checkpointEvery: 50 },
      clock: () => performance.now(),
    });
    for await (const event of trainer.run()) {
      if (event.kind === 'start') console.log(`${task.name} from update ${event.step}`);
      if (event.kind === 'metrics') console.log(`update ${event.step}: ${Object.keys(event.metrics).join(' ')}`);
      if (event.kind === 'checkpoint') console.log(`saved ${basename(event.checkpoint.path)}`);
    }
    return (await run.checkpoints.latest()).checkpoint!.path;
  } finally {
    await run.close();
    task.dispose();
  }
}

const parameters = initialParameters(config, random.split('initial'));
const newTeacher = () =>
  teacherTask({ engine, family, denoiser, parameters, loader, random, optimizer: rates(5e-3, 0.98) });
await train(newTeacher(), 50, 'new');
const { parameters: teacher } = await loadModel(await train(newTeacher(), 100, 'resume'));

const objective = inverseObjective({ family, denoiser }, { reduction: 'mean' });
const student = { teacher, loader, random, student: rates(2e-4, 0.9), fake: rates(4e-4, 0.9) };
await train(distillationTask({ engine, objective, ...student }), 50, 'new');
await rm(parent, { recursive: true });
// → teacher from update 0
// → update 25: teacher/loss teacher/gradient-norm teacher/update-ratio teacher/rate
// → update 50: teacher/loss teacher/gradient-norm teacher/update-ratio teacher/rate
// → saved step-50
// → teacher from update 50
// → update 75: teacher/loss teacher/gradient-norm teacher/update-ratio teacher/rate
// → update 100: teacher/loss teacher/gradient-norm teacher/update-ratio teacher/rate
// → saved step-100
// → distillation from update 0
// → update 25: student/loss student/teacherLoss student/fakeLoss … fake/loss …
// → update 50: student/loss student/teacherLoss student/fakeLoss … fake/loss …
// → saved step-50
