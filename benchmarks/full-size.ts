// What the largest jobs take at a published model's size (170 million weights, windows of 1024, one row): the peak memory of a process
// for each, and the time of an update. Minutes for each job, and up to 9 GB: by hand, never in CI.
//   npm run bench:full-size [-- --jobs train,idlm-mdlm,idlm-duo,bound,sample] [--size full|large] [--updates 2]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type Family, duo, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { windowLoader } from '@idlm/data';
import { dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { openEngine } from '@idlm/engine';
import { nelboPerplexity } from '@idlm/evaluation';
import { inverseObjective } from '@idlm/idlm-loss';
import { ancestralCached, sampleAll } from '@idlm/samplers';
import { type Task, distillationTask, learningRate, teacherTask } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { networkOf } from './sizes';

const { values: options } = parseArgs({
  options: {
    jobs: { type: 'string', default: 'train,train-duo,idlm-mdlm,idlm-duo,bound,sample' },
    job: { type: 'string' },
    size: { type: 'string', default: 'full' },
    updates: { type: 'string', default: '2' },
    engine: { type: 'string', default: 'native' },
  },
});

/** Limits in GB that the project holds itself to at full size. */
const LIMITS: Readonly<Record<string, number>> = {
  train: 5,
  'train-duo': 5,
  'idlm-mdlm': 8,
  'idlm-duo': 8,
  bound: 2.5,
  sample: 1.2,
};

const gigabytes = (kibibytes: number) => (kibibytes * 1024) / 1e9;

/** One job in this process. @returns seconds of each part of it */
async function run(job: string): Promise<number[]> {
  const engine = await openEngine({ prefer: options.engine as 'native', freedMemory: 'returned' });
  const { vocab, ...sizes } = networkOf(options.size);
  const isDuo = job.endsWith('duo');
  const family: Family = isDuo
    ? duo({ vocabSize: vocab, curriculum: { start: 0, end: 500_000, logStart: -3, logEnd: -3 } })
    : mdlm({ vocabSize: vocab, maskId: vocab - 1 });
  const [denoiser, random] = [dit({ ...sizes, vocabSize: vocab, timeConditioned: isDuo }), randomStream(1)];
  const parameters = initialParameters({ ...sizes, vocabSize: vocab, timeConditioned: isDuo }, random);
  const { length } = sizes;
  const loader = windowLoader({ tokens: random.integers(20_000, vocab - 1), length, batch: 1, random });
  const optimizer = { rate: learningRate({ rate: 1e-6 }), clip: 1, ema: { decay: 0.9999 } };
  const timed = async (count: number, each: (index: number) => Promise<unknown>) => {
    const seconds: number[] = [];
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      await each(i);
      seconds.push((performance.now() - started) / 1000);
      process.stderr.write(
        `${job} ${i + 1}: ${seconds[i]!.toFixed(1)} s, ${gigabytes(process.resourceUsage().maxRSS).toFixed(2)} GB at the most\n`,
      );
    }
    return seconds;
  };
  const updates = (task: Task) => timed(Number(options.updates), (k) => task.update(k));
  const shared = { engine, loader, random };
  if (job.startsWith('train')) {
    const task = teacherTask({ ...shared, family, denoiser, parameters, optimizer });
    tf.dispose(parameters);
    return updates(task);
  }
  if (job.startsWith('idlm')) {
    const fake = { ...optimizer, ema: { decay: 0 } };
    const objective = inverseObjective({ family, denoiser });
    const task = distillationTask({ ...shared, objective, teacher: parameters, student: optimizer, fake });
    tf.dispose(parameters);
    return updates(task);
  }
  if (job === 'bound') {
    const batches = [loader.at(0)];
    return timed(2, () =>
      nelboPerplexity({ family, denoiser, parameters, batches, random, draws: 2, compile: engine.compile }),
    );
  }
  if (job !== 'sample') throw new Error(`there is no job ${job}`);
  const denoise = hostDenoiser({ denoiser, parameters, schedule: family.schedule, compile: engine.compile });
  const environment = { denoise, family, timeConditioned: false, random };
  return timed(1, () => sampleAll({ sampler: ancestralCached(), environment, batch: 1, length, grid: timeGrid(16) }));
}

if (options.job) {
  const seconds = await run(options.job);
  console.log(JSON.stringify({ seconds, peak: gigabytes(process.resourceUsage().maxRSS) }));
  process.exit();
}
const rows = options.jobs.split(',').map((job) => {
  const args = ['--conditions=@idlm/source', '--import', 'tsx', 'benchmarks/full-size.ts', '--job', job];
  const more = ['--size', options.size, '--updates', options.updates, '--engine', options.engine];
  const { stdout, status } = spawnSync(process.execPath, [...args, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) return `| ${job} | failed | | |`;
  const { seconds, peak } = JSON.parse(String(stdout)) as { seconds: number[]; peak: number };
  const limit = options.size === 'full' ? `${LIMITS[job]} GB` : '';
  return `| ${job} | ${peak.toFixed(2)} GB | ${limit} | ${seconds[seconds.length - 1]!.toFixed(1)} s |`;
});
console.log(['| job | peak | limit | last part |', '| --- | --- | --- | --- |', ...rows].join('\n'));
