import { parameterCount } from '@idlm/denoiser';
import type { EngineName } from '@idlm/engine';
import {
  BASELINE,
  BOUND_BATCHES,
  BOUND_DRAWS,
  BOUND_ROWS,
  type EvaluationSize,
  type SizedModel,
  estimateEvaluation,
} from '@idlm/recipe/evaluation';
import { type SamplingMemory, samplingWork } from '@idlm/recipe/sampling';
import { countedSteps } from '../sentences/steps';
import { short } from '../terminal';
import { describeTime, secondsOf } from './plan';
import { describeSamplingMemory, samplingMemoryInAll } from './sampling-plan';

/** What an evaluation would do with a model, at most. */
interface PlannedModel {
  readonly name: SizedModel['name'];
  readonly parameters: number;
  /** Numbers of steps at which it is sampled; absent from left to right. */
  readonly steps?: readonly number[];
  /** Calls and evaluations of single rows (NFE) of its samples. */
  readonly calls: number;
  readonly evaluations: number;
  /** Evaluations of the bound on its likelihood, for each window of held-out text. */
  readonly perWindow: number;
}

/** What an evaluation would do, before anything is done. */
export interface EvaluationPlan {
  readonly samples: number;
  /** Tokens of a sample, and of a window of the text. */
  readonly length: number;
  readonly models: readonly PlannedModel[];
  /** Parameters of the network that judges, where one does. */
  readonly scorer?: number;
  readonly engine: EngineName;
  /** Estimated bytes of the process at its peak, the text aside, and what takes them. */
  readonly memory: number;
  readonly memoryParts: SamplingMemory;
  /** Estimated floating-point operations of the samples: 2 per parameter and token of each evaluation. */
  readonly operations: number;
  /** The same of the bounds, for each window of held-out text, up to `windows`. */
  readonly operationsPerWindow: number;
  readonly windows: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Windows of held-out text of which a bound is made, at most. */
const WINDOWS = BOUND_ROWS * BOUND_BATCHES;

function planModel({ name, network, texts }: SizedModel): PlannedModel {
  const works = texts.map(samplingWork);
  return {
    name,
    parameters: parameterCount(network),
    ...(name === BASELINE ? {} : { steps: texts.map(({ steps }) => steps) }),
    calls: sum(works.map(({ calls }) => calls)),
    evaluations: sum(works.map(({ evaluations }) => evaluations)),
    perWindow: name === BASELINE ? 1 : BOUND_DRAWS,
  };
}

/** Estimates what an evaluation takes. @param workers threads of WASM that sample */
export function planEvaluation(size: EvaluationSize, engine: EngineName, workers?: number): EvaluationPlan {
  const models = size.models.map(planModel);
  const memoryParts = estimateEvaluation(size, { runtime: engine, workers });
  const operations = (of: (model: PlannedModel) => number) =>
    sum(models.map((model) => 2 * model.parameters * size.length * of(model)));
  return {
    ...{ samples: size.samples, length: size.length, models, engine, memoryParts, windows: WINDOWS },
    ...(size.scorer ? { scorer: parameterCount(size.scorer) } : {}),
    memory: samplingMemoryInAll(memoryParts),
    operations: operations(({ evaluations }) => evaluations),
    operationsPerWindow: operations(({ perWindow }) => perWindow),
  };
}

function describeModel({ name, parameters, steps, calls, evaluations, perWindow }: PlannedModel): string {
  const how = steps ? `at ${steps.map(countedSteps).join(', ')}` : 'from left to right';
  return `${name}: ${short(parameters)} parameters, sampled ${how}: calls at most ${calls}, evaluations (NFE) at most ${evaluations}; its bound: ${perWindow} of each window`;
}

/** A plan in words. */
export function describeEvaluationPlan(plan: EvaluationPlan): string {
  const { samples, length, models, scorer, engine, memoryParts, windows } = plan;
  return [
    `evaluating ${models.map(({ name }) => name).join(' and ')}: ${samples} samples of ${length} tokens at each number of steps, and a bound on up to ${windows} windows of held-out text`,
    ...models.map(describeModel),
    ...(scorer === undefined ? [] : [`judge: ${short(scorer)} parameters`]),
    `${describeSamplingMemory(engine, memoryParts)}; the text is not read, and comes beside it`,
    `${describeTime(plan.operations)}; the bound takes ${secondsOf(plan.operationsPerWindow).toPrecision(2)} s more for each window`,
  ].join('\n');
}
