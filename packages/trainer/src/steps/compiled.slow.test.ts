import { type CompileMode, type Engine, isInstalled, openEngine } from '@idlm/engine';
import { countingLoader, tinyDistillation, tinyParameters, tinyTeacher } from '../../test/tiny';
import { groupsOf } from '../networks/network-state';
import type { Metrics, Task } from '../tasks/task';

if (!isInstalled()) console.info('The native engine is not installed: compiled training steps are not tested here.');

/** Batches of 4 and of 6 rows in turn, so that a second list of shapes is traced. */
const loader = () => {
  const [even, odd] = [countingLoader(4), countingLoader(6)];
  return { ...even, at: (k: number) => (k % 2 ? odd : even).at(k) };
};

const TASKS = {
  teacher: (engine: Engine) => tinyTeacher(engine, { loader: loader() }),
  distillation: (engine: Engine) => tinyDistillation(engine, tinyParameters(5), { loader: loader() }),
};

type Numbers = Readonly<Record<string, readonly number[]>>;

const metricsOf = (metrics: Metrics): Numbers =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, [value]]));

/** All numbers of the networks: weights, both moments (the first after one step is the gradient, scaled), averages. */
const numbersOf = (task: Task): Numbers =>
  Object.fromEntries(
    Object.entries(task.networks()).flatMap(([role, state]) =>
      Object.entries(groupsOf(state)).flatMap(([group, tensors]) =>
        Object.entries(tensors).map(([name, tensor]) => [`${role} ${group} ${name}`, Array.from(tensor.dataSync())]),
      ),
    ),
  );

/** Metrics of every update, and the networks after the first one and the last. */
async function train(name: keyof typeof TASKS, compile: CompileMode, updates: number) {
  const task = TASKS[name](await openEngine({ prefer: 'native', compile }));
  const found: Numbers[] = [];
  for (let k = 0; k < updates; k++) {
    found.push(metricsOf(await task.update(k)));
    if (k === 0 || k === updates - 1) found.push(numbersOf(task));
  }
  task.dispose();
  return found;
}

const UPDATES = 20;
/** Trained op by op once, however many ways are compared with it. */
const plain = new Map<keyof typeof TASKS, Promise<Numbers[]>>();
const trainedPlainly = (name: keyof typeof TASKS): Promise<Numbers[]> => {
  const found = plain.get(name) ?? train(name, 'off', UPDATES);
  plain.set(name, found);
  return found;
};

/** Absolute below 1 and relative above. */
const TOLERANCE = 1e-5;

const differences = (name: string, found: readonly number[], expected: readonly number[]): string[] =>
  found
    .map((value, i) => Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!)))
    .filter((error) => !(error <= TOLERANCE))
    .map((error) => `${name} by ${error}`);

// XLA compiles a distillation's two steps for minutes; a teacher's shows the same.
const cases = [
  ['teacher', 'graph'],
  ['teacher', 'xla'],
  ['distillation', 'graph'],
] as const;

(isInstalled() ? it : it.skip).each(cases)(
  '20 updates of a %s, compiled by %s, have the losses, gradients and weights that they have op by op',
  async (name, compile) => {
    const [opByOp, compiled] = [await trainedPlainly(name), await train(name, compile, UPDATES)];
    opByOp.forEach((expected, i) => {
      const found = compiled[i]!;
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      const problems = Object.keys(expected).flatMap((key) => differences(key, found[key]!, expected[key]!));
      expect(problems).toEqual([]);
    });
  },
);
