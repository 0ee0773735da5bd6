import { createRegistry, readOptions } from '@idlm/core-diffusion';
import { inverseObjective } from './inverse-objective';
import type { Objective, ObjectiveContext } from './objective';
import { relaxations } from './relaxations/registry';

/** The distillation objectives by name. */
export const objectives = createRegistry<Objective, ObjectiveContext>('objective');

objectives.register('idlm', {
  description: 'inverse distillation: D(teacher) − D(fake) on the student’s own samples',
  create(options, context) {
    const { relaxation = 'simplex', ...rest } = readOptions('the idlm objective', options, {
      relaxation: 'spec',
      reduction: ['sum', 'mean', 'token-mean'],
      largestStudentTime: 'number',
      anchor: 'number',
    });
    return inverseObjective(context, { ...rest, relaxation: relaxations.create(relaxation) });
  },
});
