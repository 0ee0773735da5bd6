import { InputError, type Parameters, type RandomStream } from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { Networks, Objective } from '@idlm/idlm-loss';
import * as tf from '@tensorflow/tfjs-core';
import { disposeNetwork, startNetwork } from '../network-state';
import { type OptimizerOptions, type StepReport, trainingStep } from '../training-step';
import type { Metrics, Task } from './task';

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
}

const report = (role: string, { loss, gradientNorm, rate, stats }: StepReport): Metrics => ({
  [`${role}/loss`]: loss,
  [`${role}/gradient-norm`]: gradientNorm,
  [`${role}/rate`]: rate,
  ...Object.fromEntries(Object.entries(stats).map(([name, value]) => [`${role}/${name}`, value])),
});

/**
 * Distillation: the fake network follows the student's samples, the student follows the objective's gradient.
 * @throws InputError unless fakeUpdates is a whole number ≥ 1
 * Source: IDLM (2026), algorithm 1.
 */
export function distillationTask({
  engine,
  objective,
  teacher,
  loader,
  random,
  student,
  fake,
  fakeUpdates = 1,
}: DistillationOptions): Task {
  if (!(Number.isInteger(fakeUpdates) && fakeUpdates >= 1))
    throw new InputError(`fakeUpdates is a whole number, at least 1; ${fakeUpdates} was given.`);
  const frozen = Object.fromEntries(Object.entries(teacher).map(([name, value]) => [name, tf.clone(value)]));
  const networksOf = (given: Readonly<Record<string, Parameters>>): Networks => given as unknown as Networks;
  const steps = {
    student: trainingStep(engine, student, (weights, others, fed) =>
      objective.studentLoss(networksOf({ ...others, student: weights }), fed),
    ),
    fake: trainingStep(engine, fake, (weights, others, fed) =>
      objective.fakeLoss(networksOf({ ...others, fake: weights }), fed),
    ),
  };
  let states = { student: startNetwork(teacher), fake: startNetwork(teacher) };
  const fakeStep = async (k: number, i: number): Promise<StepReport> => {
    const feeds = objective.fakeFeeds(loader.at(k * (fakeUpdates + 1) + i), random.split('fake').split(k).split(i));
    const result = await steps.fake.run(states.fake, { student: states.student.weights }, feeds);
    states = { ...states, fake: result.state };
    return result.report;
  };
  const studentStep = async (k: number): Promise<StepReport> => {
    const feeds = objective.studentFeeds(
      loader.at(k * (fakeUpdates + 1) + fakeUpdates),
      random.split('student').split(k),
    );
    const result = await steps.student.run(states.student, { teacher: frozen, fake: states.fake.weights }, feeds);
    states = { ...states, student: result.state };
    return result.report;
  };
  return {
    name: 'distillation',
    result: 'student',
    tokensPerUpdate: loader.batch * loader.length * (fakeUpdates + 1),
    networks: () => states,
    restore(restored) {
      Object.values(states).forEach(disposeNetwork);
      states = { student: restored['student']!, fake: restored['fake']! };
    },
    async update(k) {
      let last = await fakeStep(k, 0);
      for (let i = 1; i < fakeUpdates; i++) last = await fakeStep(k, i);
      return { ...report('fake', last), ...report('student', await studentStep(k)) };
    },
    dispose() {
      Object.values(states).forEach(disposeNetwork);
      tf.dispose(frozen);
      steps.student.dispose();
      steps.fake.dispose();
    },
  };
}
