import {
  type ConformanceCheck,
  type Family,
  type Spec,
  demand,
  isInputError,
  isUnknownName,
  mdlm,
  randomStream,
  udlm,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../objective';
import { objectives } from '../objectives/registry';
import { type FoundFeed, drawn, evaluate, feedsIn, rolesOf, withNetworks } from './objective-steps';
import { VOCABULARY, dataBatch, drawnNetworks, lawfulNetworks, smallDenoiser } from './small-model';

/** What the suite is run on. */
export interface ObjectiveConformanceOptions {
  /**
   * Families of a vocabulary of 5, its last entry the mask where there is one, which the objective may refuse but for one of them
   * (default: MDLM and UDLM).
   */
  readonly families?: readonly Family[];
  /**
   * Whether a student that writes the data's own law stays where it is, while teacher and fake know that law as well: its gradient
   * is zero on average (default true). False is said of objectives that want something else, such as ever likelier tokens.
   */
  readonly restsAtData?: boolean;
}

/** An objective under check, for one family. */
interface Subject {
  readonly objective: Objective;
  readonly family: Family;
  readonly restsAtData: boolean;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether a value comes back as it is when it is written to a file. */
function isJson(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isJson);
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
}

function describes({ objective, family }: Subject): void {
  const { spec } = objective;
  demand(isJson(spec), `spec is no JSON: ${JSON.stringify(spec)}`);
  const again = objectives.create(spec, { family, denoiser: smallDenoiser }).spec;
  demand(
    same(again, spec),
    `spec makes another objective: ${JSON.stringify(again)} instead of ${JSON.stringify(spec)}`,
  );
}

function parts({ objective }: Subject): void {
  const { fakeLoss, passes, refresh } = objective;
  demand(passes.student > 0, `passes.student is ${passes.student}, and a step runs the network`);
  demand(
    passes.fake > 0 === Boolean(fakeLoss),
    `passes.fake is ${passes.fake} ${fakeLoss ? 'with' : 'without'} a fakeLoss`,
  );
  const every = refresh?.every;
  demand(
    every === undefined || (Number.isInteger(every) && every > 0),
    `refresh.every is ${every}, and counts updates`,
  );
}

function feeds({ objective }: Subject): void {
  for (const role of rolesOf(objective)) {
    const [first, late] = [feedsIn(drawn(objective, role, 1)), feedsIn(drawn(objective, role, 2, 500))];
    for (const { path, values, shape } of [...first, ...late]) {
      const size = shape.reduce((a, b) => a * b, 1);
      demand(values.length === size, `the feed ${path} has ${values.length} values in the shape [${shape.join()}]`);
      demand(Array.from(values).every(Number.isFinite), `the feed ${path} holds what is no number`);
    }
    const layoutOf = (found: FoundFeed[]) => found.map(({ path, values }) => `${path} ${values[Symbol.toStringTag]}`);
    demand(
      same(layoutOf(first), layoutOf(late)),
      `the feeds of the ${role} have other names or types at a later update`,
    );
  }
}

function draws({ objective }: Subject): void {
  for (const role of rolesOf(objective)) {
    const draw = (seed: number) => {
      const step = objective[`${role}Feeds`]!(dataBatch(1, 0), randomStream(seed));
      return JSON.stringify(feedsIn(step).map(({ values }) => Array.from(values)));
    };
    demand(draw(5) === draw(5), `the same stream gave other draws of the ${role}`);
    demand(draw(5) !== draw(6), `another stream gave the same draws of the ${role}`);
  }
}

function pure({ objective }: Subject): void {
  withNetworks(drawnNetworks, (networks) => {
    for (const role of rolesOf(objective)) {
      const step = drawn(objective, role, 3);
      const tables = () => Object.values(networks).map(({ table }) => Array.from((table as tf.Tensor).dataSync()));
      const [before, first] = [tables(), evaluate(objective, role, networks, step)];
      const tensors = tf.memory().numTensors;
      const second = evaluate(objective, role, networks, step);
      demand(same(first, second), `the ${role}'s loss or gradient is another for the same feeds`);
      demand(same(before, tables()), `the ${role}'s loss changes weights`);
      const left = tf.memory().numTensors - tensors;
      demand(left === 0, `the ${role}'s loss leaves ${left} tensors behind`);
    }
  });
}

function gradients({ objective }: Subject): void {
  withNetworks(drawnNetworks, (networks) => {
    for (const role of rolesOf(objective)) {
      const found = evaluate(objective, role, networks, drawn(objective, role, 4));
      demand(Number.isFinite(found.value), `the ${role}'s loss is ${found.value}`);
      const broken = Object.entries(found.stats).find(([, value]) => !Number.isFinite(value));
      demand(!broken, `the statistic ${broken?.[0]} is ${broken?.[1]}`);
      const own = found.gradients[role];
      demand(own.every(Number.isFinite), `the gradient of the ${role} is not finite`);
      demand(
        own.some((value) => Math.abs(value) > 1e-7),
        `the gradient of the ${role} is zero everywhere`,
      );
    }
  });
}

function constants({ objective }: Subject): void {
  withNetworks(drawnNetworks, (networks) => {
    for (const role of rolesOf(objective)) {
      const found = evaluate(objective, role, networks, drawn(objective, role, 4));
      for (const other of ['student', 'teacher', 'fake'] as const)
        demand(
          other === role || found.gradients[other].every((value) => value === 0),
          `the ${role}'s loss has a gradient in the ${other}, which is a constant of that step`,
        );
    }
  });
}

/** Draws over which a gradient is averaged, and beyond how many of its standard errors a mean is no chance. */
const [DRAWS, BEYOND] = [32, 5];

function rest({ objective, restsAtData }: Subject): void {
  if (!restsAtData) return;
  withNetworks(lawfulNetworks, (networks) => {
    const [sums, squares] = [0, 0].map(() => new Float64Array(VOCABULARY ** 2)) as [Float64Array, Float64Array];
    for (let seed = 0; seed < DRAWS; seed++)
      evaluate(objective, 'student', networks, drawn(objective, 'student', 100 + seed)).gradients.student.forEach(
        (value, i) => {
          sums[i]! += value;
          squares[i]! += value * value;
        },
      );
    sums.forEach((sum, i) => {
      const mean = sum / DRAWS;
      const error = Math.sqrt(Math.max(0, squares[i]! / DRAWS - mean * mean) / (DRAWS - 1));
      demand(
        Math.abs(mean) <= BEYOND * error + 1e-5,
        `a student that writes the data's own law is moved: gradient ${mean.toExponential(2)} ± ${error.toExponential(2)}`,
      );
    });
  });
}

const CHECKS: readonly (readonly [name: string, run: (subject: Subject) => void])[] = [
  ['is made again of its name and options', describes],
  ['has both parts of a fake or none, and counts its passes', parts],
  ['draws feeds of numbers whose names and types stay', feeds],
  ['draws from the stream that it is given, and from nothing else', draws],
  ['is pure, and leaves no tensors behind', pure],
  ['has finite losses, and live gradients in what it trains', gradients],
  ['takes the other networks for constants', constants],
  ['lets a student rest that writes the data’s law', rest],
];

/** The subjects of a suite: the objective for each family that it does not refuse. */
function subjectsOf(spec: Spec | string, { families, restsAtData = true }: ObjectiveConformanceOptions): Subject[] {
  const all = families ?? [mdlm({ vocabSize: VOCABULARY, maskId: VOCABULARY - 1 }), udlm({ vocabSize: VOCABULARY })];
  const found = all.flatMap((family): Subject[] => {
    try {
      return [{ objective: objectives.create(spec, { family, denoiser: smallDenoiser }), family, restsAtData }];
    } catch (error) {
      // A name that nobody has registered is no refusal of a family.
      if (isInputError(error) && !isUnknownName(error) && all.length > 1) return [];
      throw error;
    }
  });
  demand(
    found.length > 0,
    `the objective refuses all of the families ${all.map((family) => family.spec.name).join(', ')}`,
  );
  return found;
}

/**
 * The promises of a registered objective, to be run by any test runner on whatever backend is set: what the trainer, compiled
 * steps and resumed runs count on, and that it has its optimum where distillation has. A network of one table stands for all
 * three, and data of independent tokens for the text.
 * @throws InputError (from a check) if the objective is not registered, or refuses its options
 * @example
 * ```ts
 * import { openEngine } from '@idlm/engine';
 * import { objectiveConformance } from '@idlm/idlm-loss/conformance';
 *
 * await openEngine({ prefer: 'cpu' });
 * const checks = objectiveConformance({ name: 'sdtt', options: { steps: 4 } });
 * for (const { run } of checks) await run(); // each rejects with what is wrong
 * console.log(checks.length); // → 8
 * ```
 */
export const objectiveConformance = (
  spec: Spec | string,
  options: ObjectiveConformanceOptions = {},
): readonly ConformanceCheck[] =>
  CHECKS.map(([name, run]) => ({ name, run: async () => subjectsOf(spec, options).forEach(run) }));
