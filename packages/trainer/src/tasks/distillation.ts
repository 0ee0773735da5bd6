import type { Feeds, Parameters, RandomStream } from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { DistillationBatch, Networks, Objective } from '@idlm/idlm-loss';
import { type NetworkState, copyParameters, disposeNetwork, startNetwork } from '../networks/network-state';
import { freeGroups } from '../networks/tensor-groups';
import { type StepReport, type TrainingStep, trainingStep } from '../steps/training-step';
import type { OptimizerOptions } from '../steps/update';
import { ahead } from './ahead';
import { checkCount, partsOf } from './parts';
import { type Task, metricsOf } from './task';

/** What a student is distilled from. */
export interface DistillationOptions {
  readonly engine: Engine;
  readonly objective: Objective;
  /** The teacher's weights; student, fake and frozen teacher start as copies. */
  readonly teacher: Parameters;
  readonly loader: Loader;
  readonly random: RandomStream;
  readonly student: OptimizerOptions;
  readonly fake: OptimizerOptions;
  /** Fake steps before each student step, each on fresh data and randomness (default 1). */
  readonly fakeUpdates?: number;
  /** Batches of the loader whose gradients make one step (default 1). */
  readonly accumulate?: number;
}

/** Host: the feeds of every step, numbered through all updates: `fakeUpdates` of the fake, then the student's. */
function stepFeeds({ objective, loader, random, fakeUpdates = 1, accumulate = 1 }: DistillationOptions) {
  const [fakes, count] = [checkCount('fakeUpdates', fakeUpdates), checkCount('accumulate', accumulate)];
  return (step: number): readonly Feeds[] => {
    const [k, i] = [Math.floor(step / (fakes + 1)), step % (fakes + 1)];
    const isStudent = i === fakes;
    const stream = isStudent ? random.split('student').split(k) : random.split('fake').split(k).split(i);
    const draw = (batch: DistillationBatch, part: RandomStream) =>
      isStudent ? objective.studentFeeds(batch, part) : objective.fakeFeeds(batch, part);
    return partsOf(loader, step, count, stream).map(({ batch, random: part }) => draw({ ...batch, update: k }, part));
  };
}

type Role = 'student' | 'fake';

/** The two training steps. */
function makeSteps({ engine, objective, student, fake }: DistillationOptions): Readonly<Record<Role, TrainingStep>> {
  const step = (role: Role, optimizer: OptimizerOptions, loss: Objective['studentLoss']) =>
    trainingStep({
      engine,
      role,
      optimizer,
      loss: (weights, frozen, fed) => loss({ ...frozen, [role]: weights } as unknown as Networks, fed),
    });
  return {
    student: step('student', student, objective.studentLoss),
    fake: step('fake', fake, objective.fakeLoss),
  };
}

/**
 * Distillation: per update the fake network makes `fakeUpdates` steps on the student's samples, then the student one on
 * the objective's gradient. Neither step changes another network; the teacher never changes.
 * @throws InputError unless fakeUpdates and accumulate are whole numbers ≥ 1
 * Source: IDLM (2026), algorithm 1.
 */
export function distillationTask(options: DistillationOptions): Task {
  const { teacher, loader, fakeUpdates = 1, accumulate = 1 } = options;
  const feeds = ahead(stepFeeds(options));
  const steps = makeSteps(options);
  const frozen = copyParameters(teacher);
  let states: Readonly<Record<Role, NetworkState>> = { student: startNetwork(teacher), fake: startNetwork(teacher) };
  const others = {
    student: () => ({ teacher: frozen, fake: states.fake.weights }),
    fake: () => ({ student: states.student.weights }),
  };
  const run = async (role: Role, number: number): Promise<StepReport> => {
    const { state, report } = await steps[role].run({
      state: states[role],
      frozen: others[role](),
      parts: feeds.take(number),
      meanwhile: () => feeds.prepare(number + 1),
    });
    states = { ...states, [role]: state };
    return report;
  };
  return {
    name: 'distillation',
    result: 'student',
    tokensPerUpdate: loader.batch * loader.length * accumulate * (fakeUpdates + 1),
    networks: () => states,
    restore({ student, fake }) {
      Object.values(states).forEach(disposeNetwork);
      states = { student: student!, fake: fake! };
    },
    async update(k) {
      const start = k * (fakeUpdates + 1);
      let fake = await run('fake', start);
      for (let i = 1; i < fakeUpdates; i++) fake = await run('fake', start + i);
      const student = await run('student', start + fakeUpdates);
      return { ...metricsOf('student', student), ...metricsOf('fake', fake) };
    },
    dispose() {
      Object.values(states).forEach(disposeNetwork);
      freeGroups({ frozen });
      Object.values(steps).forEach((step) => step.dispose());
    },
  };
}
