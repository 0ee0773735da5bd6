import { InputError, type Parameters, type RandomStream } from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { DistillationBatch, Networks, Objective } from '@idlm/idlm-loss';
import {
  type NetworkState,
  copyParameters,
  disposeNetwork,
  replacedNetwork,
  startNetwork,
} from '../networks/network-state';
import { freeGroups } from '../networks/tensor-groups';
import type { Frozen } from '../steps/gradients';
import type { OptimizerOptions, StepReport, StepRequest } from '../steps/step';
import type { OverRanks } from '../steps/sum-over-ranks';
import { trainingStep } from '../steps/training-step';
import { methodOf } from '../steps/update';
import { ahead, areSmall } from './ahead';
import { checkCount, partsOf, sharedParts } from './parts';
import { type Task, metricsOf } from './task';

/** What a student is distilled from. */
export interface DistillationOptions extends OverRanks {
  readonly engine: Engine;
  readonly objective: Objective;
  /** The teacher's weights; student, fake and frozen teacher start as copies. */
  readonly teacher: Parameters;
  readonly loader: Loader;
  readonly random: RandomStream;
  readonly student: OptimizerOptions;
  readonly fake: OptimizerOptions;
  /** Fake steps before each student step, each on fresh data and randomness (default 1); none if the objective has no fake. */
  readonly fakeUpdates?: number;
  /** Batches of the loader whose gradients make one step, on all ranks together (default 1). */
  readonly accumulate?: number;
}

/** Fake steps of an update: none for objectives that train the student alone. */
const fakesOf = ({ objective, fakeUpdates = 1 }: DistillationOptions): number =>
  objective.fakeLoss ? checkCount('fakeUpdates', fakeUpdates) : 0;

/** @throws InputError for what cannot be uploaded */
function requireFeeds(named: string, feeds: object): object {
  if (typeof feeds !== 'object' || feeds === null)
    throw new InputError(`${named} must give an object of feeds; it gave ${String(feeds)}.`);
  return feeds;
}

/**
 * Host: the feeds of every step, numbered through all updates: with F fake steps per update, step k (F + 1) + i is fake step i of update
 * k for i < F, and the student's for i = F. Each has a random stream of its own, so that a resumed run draws the same.
 */
function stepFeeds(options: DistillationOptions) {
  const { objective, loader, random, accumulate = 1 } = options;
  const [fakes, shared] = [fakesOf(options), sharedParts(accumulate, options.ranks)];
  return async (step: number): Promise<object[]> => {
    const [k, i] = [Math.floor(step / (fakes + 1)), step % (fakes + 1)];
    const isStudent = i === fakes;
    const stream = isStudent ? random.split('student').split(k) : random.split('fake').split(k).split(i);
    const draw = (batch: DistillationBatch, part: RandomStream) =>
      requireFeeds(
        `${isStudent ? 'studentFeeds' : 'fakeFeeds'} of the objective "${objective.spec.name}"`,
        isStudent ? objective.studentFeeds(batch, part) : objective.fakeFeeds!(batch, part),
      );
    const parts = await partsOf(loader, step, shared, stream);
    return parts.map(({ batch, random: part }) => draw({ ...batch, update: k }, part));
  };
}

/** Networks under training, and the teacher where it changes. */
type Role = 'student' | 'fake' | 'teacher';
type States = Partial<Record<Role, NetworkState>>;

/** The training steps: one of the student, and one of the fake where the objective has its loss. Each reads the other's weights frozen. */
function makeSteps({ engine, objective, student, fake, ranks, wire }: DistillationOptions) {
  const step = (role: Role, optimizer: OptimizerOptions, loss: Objective['studentLoss']) =>
    trainingStep({
      engine,
      role,
      optimizer,
      ...{ ranks, wire },
      loss: (weights, frozen, fed) => loss({ ...frozen, [role]: weights } as unknown as Networks, fed),
    });
  return {
    student: step('student', student, objective.studentLoss),
    ...(objective.fakeLoss ? { fake: step('fake', fake, objective.fakeLoss) } : {}),
  };
}

/** What is asked of one of an update's steps. */
type Asked = Pick<StepRequest, 'refuse' | 'measured'>;

/** Fresh states: the student, and what else the objective trains or replaces, as copies of the teacher. */
const startStates = ({ objective, teacher, student, fake }: DistillationOptions): States => ({
  student: startNetwork(teacher, methodOf(student)),
  ...(objective.fakeLoss ? { fake: startNetwork(teacher, methodOf(fake)) } : {}),
  ...(objective.refresh ? { teacher: replacedNetwork(teacher) } : {}),
});

/** Frees the states that there are. */
const disposeStates = (states: States): void =>
  Object.values(states).forEach((state) => state && disposeNetwork(state));

/** Whether the student's average takes the teacher's place before update k, counted from 0: never before the first. */
const isRefreshed = ({ refresh }: Objective, k: number): boolean =>
  refresh !== undefined && k > 0 && k % refresh.every === 0;

/**
 * Distillation: per update the fake network, where the objective has one, makes `fakeUpdates` steps, then the student one on
 * the objective's gradient. No step changes another network. The teacher never changes, unless the objective says how often
 * the student's average takes its place. Update k = 0, 1, … with F fake steps is
 *
 *     for i < F   f ← step_fake(f, ∇_f L_fake(θ, f; data of step k (F + 1) + i))
 *     then        θ ← step_student(θ, ∇_θ L_student(θ, teacher, f; data of step k (F + 1) + F))
 *
 * with gradients summed over `accumulate` batches, and averages of both beside them; the result is the student's average.
 * @throws InputError unless fakeUpdates and accumulate are whole numbers ≥ 1, and accumulate no less than there are ranks
 * Source: IDLM (2026), algorithm 1.
 */
export function distillationTask(options: DistillationOptions): Task {
  const { objective, teacher, loader, accumulate = 1 } = options;
  const fakes = fakesOf(options);
  const feeds = ahead(stepFeeds(options), areSmall);
  const steps = makeSteps(options);
  const original = copyParameters(teacher);
  let states = startStates(options);
  const frozenFor = (role: Role): Frozen => {
    const teaching = states.teacher?.weights ?? original;
    if (role === 'fake') return { student: states.student!.weights, teacher: teaching };
    return { teacher: teaching, ...(states.fake ? { fake: states.fake.weights } : {}) };
  };
  const run = async (role: 'student' | 'fake', number: number, asked: Asked): Promise<StepReport> => {
    const { state, report } = await steps[role]!.run({
      state: states[role]!,
      frozen: frozenFor(role),
      parts: await feeds.take(number),
      of: accumulate,
      meanwhile: () => feeds.prepare(number + 1),
      ...asked,
    });
    states = { ...states, [role]: state };
    return report;
  };
  const refresh = () => {
    const replaced = replacedNetwork(states.student!.ema);
    disposeNetwork(states.teacher!);
    states = { ...states, teacher: { ...replaced, updates: states.student!.updates } };
  };
  return {
    name: 'distillation',
    result: 'student',
    optimizers: {
      student: methodOf(options.student).spec,
      ...(objective.fakeLoss ? { fake: methodOf(options.fake).spec } : {}),
    },
    tokensPerUpdate: loader.batch * loader.length * accumulate * (fakes + 1),
    networks: () => states,
    restore(networks) {
      disposeStates(states);
      states = networks;
    },
    async update(k, refuse, measured) {
      if (isRefreshed(objective, k)) refresh();
      const start = k * (fakes + 1);
      let fake: StepReport | undefined;
      for (let i = 0; i < fakes; i++)
        fake = await run('fake', start + i, { refuse, measured: measured && i === fakes - 1 });
      const student = await run('student', start + fakes, { refuse, measured });
      return { ...metricsOf('student', student), ...(fake ? metricsOf('fake', fake) : {}) };
    },
    dispose() {
      disposeStates(states);
      freeGroups({ original });
      Object.values(steps).forEach((step) => step.dispose());
    },
  };
}
