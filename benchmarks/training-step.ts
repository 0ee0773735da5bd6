// What a teacher step, an IDLM update and sampling cost: native compiled against native op by op, interleaved in one run.
//   npm run bench [-- rounds]
import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { windowLoader } from '@idlm/data';
import { PRESETS, dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { type Engine, isInstalled, openEngine } from '@idlm/engine';
import { inverseObjective } from '@idlm/idlm-loss';
import { ancestral, ancestralCached, sampleAll } from '@idlm/samplers';
import { distillationTask, learningRate, teacherTask } from '@idlm/trainer';
import { median } from './median';

const rounds = Number(process.argv[2] ?? 12);
const network = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
const family = mdlm({ vocabSize: 28, maskId: 27 });
const denoiser = dit(network);
const random = randomStream(1);
const loader = windowLoader({ tokens: random.integers(100_000, 27), length: 64, batch: 48, random });
const optimizer = { rate: learningRate({ rate: 1e-3 }), clip: 1, ema: { decay: 0.99 } };

type Job = { readonly name: string; readonly run: (round: number) => Promise<unknown> };

/** The jobs of one engine; each call is one step, or one batch of 64 samples in 64 steps. */
function jobs(label: string, engine: Engine): Job[] {
  const parameters = initialParameters(network, random);
  const teacher = teacherTask({ engine, family, denoiser, parameters, loader, random, optimizer });
  const objective = inverseObjective({ family, denoiser }, { reduction: 'mean' });
  const student = distillationTask({
    engine,
    objective,
    teacher: parameters,
    loader,
    random,
    student: optimizer,
    fake: optimizer,
  });
  const denoise = hostDenoiser({ denoiser, parameters, schedule: family.schedule, compile: engine.compile });
  const environment = { denoise, family, timeConditioned: false, random };
  const sampling = (sampler: ReturnType<typeof ancestral>) =>
    sampleAll({ sampler, environment, batch: 64, length: 64, grid: timeGrid(64) });
  return [
    { name: `${label}: teacher step`, run: (round) => teacher.update(round) },
    { name: `${label}: IDLM update (1 fake + 1 student step)`, run: (round) => student.update(round) },
    { name: `${label}: 64 samples, 64 steps, all positions every step`, run: () => sampling(ancestral()) },
    { name: `${label}: 64 samples, 64 steps, reveals drawn first`, run: () => sampling(ancestralCached()) },
  ];
}

async function main(): Promise<void> {
  if (!isInstalled()) {
    console.error(
      'The native engine is not installed ("idlm engine install"); these benchmarks compare its two ways of running.',
    );
    process.exitCode = 2;
    return;
  }
  const all = [
    ...jobs('compiled', await openEngine({ prefer: 'native' })),
    ...jobs('op by op', await openEngine({ prefer: 'native', compile: 'off' })),
  ];
  const times = new Map(all.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of all) {
      const started = performance.now();
      await run(round);
      // The first round traces.
      if (round > 0) times.get(name)!.push(performance.now() - started);
    }
  }
  for (const [name, values] of times) {
    const sorted = [...values].sort((a, b) => a - b);
    console.log(
      `${name}: median ${median(values).toFixed(0)} ms (${sorted[0]!.toFixed(0)} … ${sorted[sorted.length - 1]!.toFixed(0)})`,
    );
  }
}

await main();
