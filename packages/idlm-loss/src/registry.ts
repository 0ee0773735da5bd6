import { createRegistry, readOptions } from '@idlm/core-diffusion';
import { inverseObjective } from './inverse-objective';
import type { Objective, ObjectiveContext } from './objective';
import { relaxations } from './relaxations/registry';
import { consistency } from './rivals/consistency';
import { continuedTraining } from './rivals/continued-training';
import { didiInstruct } from './rivals/didi-instruct';
import { DIRECTIONS } from './rivals/divergence';
import { momentMatching } from './rivals/moment-matching';
import { selfDistillation } from './rivals/self-distillation';

const REDUCTION = { reduction: ['sum', 'mean', 'token-mean'] } as const;

/** The distillation objectives by name. */
export const objectives = createRegistry<Objective, ObjectiveContext>('objective');

objectives.register('idlm', {
  description: 'inverse distillation: D(teacher) − D(fake) on the student’s own samples',
  create(options, context) {
    const { relaxation = 'simplex', ...rest } = readOptions('the idlm objective', options, {
      relaxation: 'spec',
      ...REDUCTION,
      largestStudentTime: 'number',
      anchor: 'number',
    });
    return inverseObjective(context, { ...rest, relaxation: relaxations.create(relaxation) });
  },
});
objectives.register('continued-training', {
  description: 'the control arm: the teacher, trained on for as long',
  create: (options, context) =>
    continuedTraining(context, readOptions('the continued-training objective', options, REDUCTION)),
});
objectives.register('sdtt', {
  description: 'self-distillation through time: two steps of the teacher in one, round after round',
  create: (options, context) =>
    selfDistillation(
      context,
      readOptions('the sdtt objective', options, {
        ...REDUCTION,
        steps: 'number',
        stepsPerUpdate: 'number',
        refreshEvery: 'number',
        direction: DIRECTIONS,
      }),
    ),
});
objectives.register('dcd', {
  description: 'discrete consistency distillation: one prediction along a trajectory',
  create: (options, context) =>
    consistency(
      context,
      readOptions('the dcd objective', options, {
        ...REDUCTION,
        steps: 'number',
        refreshEvery: 'number',
        direction: DIRECTIONS,
      }),
    ),
});
objectives.register('didi-instruct', {
  description: 'a discriminator’s log-ratio as reward for the student’s tokens',
  create: (options, context) => didiInstruct(context, readOptions('the didi-instruct objective', options, REDUCTION)),
});
objectives.register('moment-matching', {
  description: 'first moments of token representations at the student’s noisy samples',
  create(options, context) {
    const { relaxation = 'simplex', ...rest } = readOptions('the moment-matching objective', options, {
      ...REDUCTION,
      relaxation: 'spec',
    });
    return momentMatching(context, { ...rest, relaxation: relaxations.create(relaxation) });
  },
});
