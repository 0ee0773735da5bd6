import { mdlm, randomStream } from '@idlm/core-diffusion';
import { windowLoader } from '@idlm/data';
import { dit, initialParameters } from '@idlm/denoiser';
import { type CompileMode, isInstalled, openEngine } from '@idlm/engine';
import { inverseObjective } from '@idlm/idlm-loss';
import * as tf from '@tensorflow/tfjs-core';
import { optimizer } from '../../test/tiny';
import { groupsOf } from '../networks/network-state';
import { distillationTask } from '../tasks/distillation';
import { teacherTask } from '../tasks/teacher';

/** Large enough that activations, logits, the embedding and the head are given kernels of their own. */
const SIZES = { hidden: 64, blocks: 2, heads: 2, cond: 8, vocabSize: 600, length: 8 };

/** Losses and gradient norms of three updates, and all numbers of the networks after them. */
async function train(name: 'teacher' | 'distillation', compile: CompileMode, timeConditioned: boolean) {
  const engine = await openEngine({ prefer: 'native', compile });
  const [sizes, random] = [{ ...SIZES, timeConditioned }, randomStream(1)];
  const parameters = initialParameters(sizes, random);
  const family = mdlm({ vocabSize: SIZES.vocabSize, maskId: SIZES.vocabSize - 1 });
  const loader = windowLoader({ tokens: random.integers(2000, SIZES.vocabSize - 1), length: 8, batch: 64, random });
  const denoiser = dit(sizes);
  const shared = { engine, loader, random };
  const task =
    name === 'teacher'
      ? teacherTask({ ...shared, family, denoiser, parameters, optimizer: optimizer() })
      : distillationTask({
          ...shared,
          objective: inverseObjective({ family, denoiser }),
          teacher: parameters,
          student: optimizer(),
          fake: optimizer(),
        });
  const reports: number[] = [];
  for (let k = 0; k < 3; k++) reports.push(...Object.values(await task.update(k)));
  const numbers = Object.values(task.networks()).flatMap((network) =>
    Object.values(groupsOf(network)).flatMap((group) => Object.values(group).map((tensor) => tensor.dataSync())),
  );
  task.dispose();
  tf.dispose(parameters);
  return { reports, numbers };
}

(isInstalled() ? it : it.skip).each([
  ['teacher', false],
  ['teacher', true],
  ['distillation', false],
] as const)(
  'steps whose ops became kernels are the steps op by op: %s (time-conditioned %p)',
  async (name, timeConditioned) => {
    const plain = await train(name, 'off', timeConditioned);
    const compiled = await train(name, 'graph', timeConditioned);
    expect(compiled.reports).toBeCloseToArray(plain.reports, { atol: 1e-5, rtol: 1e-5 });
    compiled.numbers.forEach((values, i) => expect(values).toBeCloseToArray(plain.numbers[i]!, { atol: 1e-5 }));
  },
);
