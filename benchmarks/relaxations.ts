// Bias and variance of the student gradient of each relaxation against the enumerated truth on a small space, early and late in
// training, and what a step costs on a small transformer. Prints the tables of docs/relaxations.md and draws its plot.
//   npm run bench:relaxations [-- plot.svg]
import { writeFile } from 'node:fs/promises';
import { mdlm, randomStream, upload } from '@idlm/core-diffusion';
import { PRESETS, dit, initialParameters } from '@idlm/denoiser';
import { openEngine } from '@idlm/engine';
import {
  type Objective,
  type ObjectiveContext,
  type Relaxation,
  gaussianSoftmax,
  gumbelSoftmax,
  inverseObjective,
  scoreFunctionObjective,
  simplex,
  straightThrough,
} from '@idlm/idlm-loss';
import * as tf from '@tensorflow/tfjs-core';
import { type ListedProblem, enumeratedGradient } from '../packages/idlm-loss/test/enumerated';
import { type Quality, drawGradients, quality } from '../packages/idlm-loss/test/estimates';
import { listedMasked, listedUniform } from '../packages/idlm-loss/test/listed-process';
import { nearProblem, randomProblem } from '../packages/idlm-loss/test/problems';
import { tableDenoiser } from '../packages/idlm-loss/test/table';
import { type Panel, renderScatter } from './relaxations/scatter';
import { median } from './median';

/** An estimator, and the line of the plot that it is a point of. */
interface Arm {
  readonly name: string;
  readonly line?: string;
  readonly label?: string;
  make(context: ObjectiveContext): Objective;
}

// Rows are independent, so that the variance is one row's; a training run spreads its times evenly.
const times = { antithetic: false };

const relaxed = (name: string, relaxation: Relaxation, plotted: Pick<Arm, 'line' | 'label'> = {}): Arm => ({
  name,
  ...plotted,
  make: (context) => inverseObjective(context, { relaxation, times }),
});

/** A relaxation at three temperatures, and at one straight-through. */
const tempered = (name: string, make: typeof gumbelSoftmax): Arm[] => [
  ...[0.5, 1, 2].map((temperature) =>
    relaxed(`${name}, τ = ${temperature}`, make({ temperature }), { line: name, label: `τ ${temperature}` }),
  ),
  relaxed(`${name}, τ = 1, straight-through`, make({ straightThrough: true })),
];

const ARMS: readonly Arm[] = [
  relaxed('simplex', simplex(), { line: 'simplex' }),
  relaxed('straight-through', straightThrough()),
  ...tempered('Gumbel-softmax', gumbelSoftmax),
  ...tempered('Gaussian-softmax', gaussianSoftmax),
  ...[2, 4, 8].map((samples) => ({
    name: `score function, K = ${samples}`,
    line: 'score function',
    label: `K ${samples}`,
    make: (context: ObjectiveContext) => scoreFunctionObjective(context, { samples, times }),
  })),
];

const DRAWS = { batches: 40, batch: 2048, seed: 1 };

/** Every estimator on one problem. */
function measure(problem: ListedProblem): Quality[] {
  const truth = enumeratedGradient(problem);
  const context = { family: problem.process.family, denoiser: tableDenoiser(problem.process) };
  return ARMS.map(({ make }) => quality(drawGradients(make(context), problem, DRAWS), truth, DRAWS.batch));
}

/** Whether a bias is told from 0. */
const isMeasured = ({ squaredBias, squaredBiasError }: Quality): boolean => squaredBias >= 2 * squaredBiasError;

/** The bias with its standard error, or what it is below with some certainty where it is not told from 0. */
function biasText(of: Quality): string {
  const { squaredBias, squaredBiasError } = of;
  if (!isMeasured(of)) return `< ${Math.sqrt(Math.max(0, squaredBias) + 2 * squaredBiasError).toPrecision(2)}`;
  const bias = Math.sqrt(squaredBias);
  return `${bias.toFixed(3)} ± ${(squaredBiasError / (2 * bias)).toFixed(3)}`;
}

const cellsOf = (of: Quality): string[] => [
  biasText(of),
  Number(of.variance.toPrecision(2)).toLocaleString('en', { useGrouping: false }),
  of.cosine.toFixed(3),
  of.length.toFixed(2),
];

/**
 * Processor time of a student's gradient with every estimator, host draws included, interleaved in one run: what else the
 * machine does counts for less in it than in time on the clock.
 */
function timeSteps(rounds: number): number[] {
  const network = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
  const context = { family: mdlm({ vocabSize: 28, maskId: 27 }), denoiser: dit(network) };
  const parameters = initialParameters(network, randomStream(1));
  const names = Object.keys(parameters);
  const size = { batch: 16, length: 64 };
  const data = { ids: randomStream(2).integers(size.batch * size.length, 27), ...size };
  const step = (objective: Objective, round: number) =>
    tf.tidy(() => {
      const fed = upload(objective.studentFeeds(data, randomStream(round)));
      const loss = (...weights: tf.Tensor[]) => {
        const student = Object.fromEntries(names.map((name, i) => [name, weights[i]!]));
        return objective.studentLoss({ student, teacher: parameters, fake: parameters }, fed).loss as tf.Scalar;
      };
      tf.grads(loss)(names.map((name) => parameters[name]!)).forEach((gradient) => gradient.dataSync());
    });
  const objectives = ARMS.map(({ make }) => make(context));
  const spent = objectives.map((): number[] => []);
  for (let round = 0; round <= rounds; round++)
    objectives.forEach((objective, i) => {
      const started = process.cpuUsage();
      step(objective, round);
      const { user, system } = process.cpuUsage(started);
      // The first round warms up.
      if (round > 0) spent[i]!.push(user + system);
    });
  return spent.map(median);
}

/** Bias against variance on one problem, a line per relaxation. */
function panel(title: string, qualities: readonly Quality[]): Panel {
  const names = [...new Set(ARMS.flatMap(({ line }) => line ?? []))];
  const pointOf = ({ label = '' }: Arm, of: Quality) => ({
    bias: isMeasured(of) ? Math.sqrt(of.squaredBias) : 0,
    variance: of.variance,
    label,
  });
  return {
    title,
    lines: names.map((name) => ({
      name,
      points: ARMS.flatMap((arm, i) => (arm.line === name ? [pointOf(arm, qualities[i]!)] : [])),
    })),
  };
}

async function main(): Promise<void> {
  const engine = await openEngine();
  const cost = timeSteps(9);
  const header = ['bias', 'variance', 'cosine', 'length'];
  const panels: Panel[] = [];
  for (const [noise, listed] of [
    ['masked', listedMasked(3, 2)],
    ['uniform', listedUniform(3, 2)],
  ] as const) {
    const [early, late] = [randomProblem(listed), nearProblem(listed)].map(measure) as [Quality[], Quality[]];
    const titles = [
      'estimator',
      ...['early', 'late'].flatMap((phase) => header.map((of) => `${phase}: ${of}`)),
      'cost',
    ];
    console.log(`\n${noise}, ${engine.name}`);
    for (const row of [
      titles,
      titles.map(() => '---'),
      ...ARMS.map(({ name }, i) => [
        name,
        ...cellsOf(early[i]!),
        ...cellsOf(late[i]!),
        (cost[i]! / cost[0]!).toFixed(1),
      ]),
    ])
      console.log(`| ${row.join(' | ')} |`);
    panels.push(panel(`${noise}, early`, early), panel(`${noise}, late`, late));
  }
  const [, , path] = process.argv;
  if (path) await writeFile(path, renderScatter(panels));
}

await main();
