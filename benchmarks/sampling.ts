// What sampling costs its user: time per sequence, tokens per second and time to the first frame, of a teacher's many steps and
// a student's few, one sequence at a time and 32 at once. Teacher and student are of one size, so that steps are all that differs.
//   npm run bench:sampling -- [--sizes small,middle,large] [--engine native] [--teacher 256] [--student 8] [--rounds 5]
import { parseArgs } from 'node:util';
import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { type EngineName, openEngine } from '@idlm/engine';
import { type SampleRequest, ancestralCached, sample, sampleAll } from '@idlm/samplers';
import { median } from './median';
import { networkOf } from './sizes';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: 'small,middle,large' },
    engine: { type: 'string', default: 'native' },
    teacher: { type: 'string', default: '256' },
    student: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '5' },
  },
});

interface Measured {
  /** Milliseconds of a whole batch. */
  readonly batch: number;
  /** Milliseconds to the first frame in which a token has changed. */
  readonly frame: number;
  readonly evaluations: number;
}

async function firstFrame(request: SampleRequest): Promise<number> {
  const started = performance.now();
  for await (const { changed } of sample(request)) if (changed) break;
  return performance.now() - started;
}

async function measure(request: SampleRequest): Promise<Measured> {
  const started = performance.now();
  const { rowEvaluations } = await sampleAll(request);
  const batch = performance.now() - started;
  return { batch, frame: await firstFrame(request), evaluations: rowEvaluations / request.batch };
}

/** Requests of one size by name: teacher and student at both batch sizes. */
function requests(
  size: string,
  compile: Awaited<ReturnType<typeof openEngine>>['compile'],
): Map<string, SampleRequest> {
  const { vocab, length, ...shape } = networkOf(size);
  const network = { ...shape, vocabSize: vocab, length, timeConditioned: false };
  const family = mdlm({ vocabSize: vocab, maskId: vocab - 1 });
  const parameters = initialParameters(network, randomStream(1));
  const denoise = hostDenoiser({ denoiser: dit(network), parameters, schedule: family.schedule, compile });
  const environment = { denoise, family, timeConditioned: false, random: randomStream(2) };
  const request = (steps: number, batch: number): SampleRequest => ({
    sampler: ancestralCached(),
    environment,
    batch,
    length,
    grid: timeGrid(steps),
  });
  const models = [
    ['teacher', Number(options.teacher)],
    ['student', Number(options.student)],
  ] as const;
  return new Map(
    [1, 32].flatMap((batch) => models.map(([name, steps]) => [`${name} | ${steps} | ${batch}`, request(steps, batch)])),
  );
}

async function main(): Promise<void> {
  const engine = await openEngine({ prefer: options.engine as EngineName });
  console.log('| size | model | steps | batch | evaluations | ms per sequence | tokens per second | first frame, ms |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const size of options.sizes.split(',')) {
    const asked = requests(size, engine.compile);
    const measured = new Map<string, Measured[]>([...asked.keys()].map((name) => [name, []]));
    // The first rounds meet most shapes, and compile for them.
    for (let round = -6; round < Number(options.rounds); round++)
      for (const [name, request] of asked) {
        const environment = { ...request.environment, random: request.environment.random.split(round + 6) };
        const found = await measure({ ...request, environment });
        if (round >= 0) measured.get(name)!.push(found);
      }
    for (const [name, all] of measured) {
      const { batch, length } = asked.get(name)!;
      const [whole, frame] = [median(all.map((one) => one.batch)), median(all.map((one) => one.frame))];
      const cells = [
        median(all.map(({ evaluations }) => evaluations)).toFixed(1),
        (whole / batch).toFixed(1),
        ((1000 * batch * length) / whole).toFixed(0),
        frame.toFixed(1),
      ];
      console.log(`| ${size} | ${name} | ${cells.join(' | ')} |`);
    }
  }
}

await main();
