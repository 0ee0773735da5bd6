import { createRegistry, readOptions, requireMembers } from '@idlm/core-diffusion';
import { inverseObjective } from './inverse/inverse-objective';
import type { Objective, ObjectiveContext } from '../objective';
import { relaxations } from '../relaxations/registry';
import { consistency } from './consistency';
import { continuedTraining } from './continued-training';
import { didiInstruct } from './didi-instruct/didi-instruct';
import { DIVERGENCES } from './shared/divergence';
import { momentMatching } from './moment-matching/moment-matching';
import { selfDistillation } from './self-distillation';
import { scoreFunctionObjective } from './inverse/score-function';

const REDUCTION = { reduction: ['sum', 'mean', 'token-mean'] } as const;

const MEMBERS = { spec: 'object', studentFeeds: 'function', studentLoss: 'function', passes: 'object' } as const;
const WITH_FAKE = { fakeFeeds: 'function', fakeLoss: 'function' } as const;

/**
 * The distillation objectives by name; a user's own package adds to them with `register`.
 * @example
 * ```ts
 * import { mdlm } from '@idlm/core-diffusion';
 * import { dit } from '@idlm/denoiser';
 * import { objectives } from '@idlm/idlm-loss';
 *
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const denoiser = dit({ hidden: 16, blocks: 1, heads: 2, cond: 8, vocabSize: 28, length: 8, timeConditioned: false });
 * const options = { relaxation: 'gumbel-softmax', reduction: 'mean' };
 * const { spec, passes } = objectives.create({ name: 'idlm', options }, { family, denoiser });
 * console.log(spec.name, passes.student, passes.fake); // → idlm 5 4
 * ```
 */
export const objectives = /* @__PURE__ */ createRegistry<Objective, ObjectiveContext>(
  'objective',
  {
    idlm: {
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
    },
    'idlm-score-function': {
      description: 'inverse distillation by the unbiased score-function estimator: the reference for relaxations',
      create: (options, context) =>
        scoreFunctionObjective(
          context,
          readOptions('the idlm-score-function objective', options, {
            ...REDUCTION,
            samples: 'number',
            largestStudentTime: 'number',
          }),
        ),
    },
    'continued-training': {
      description: 'the control arm: the teacher, trained on for as long',
      create: (options, context) =>
        continuedTraining(context, readOptions('the continued-training objective', options, REDUCTION)),
    },
    sdtt: {
      description: 'self-distillation through time: two steps of the teacher in one, round after round',
      create: (options, context) =>
        selfDistillation(
          context,
          readOptions('the sdtt objective', options, {
            ...REDUCTION,
            steps: 'number',
            stepsPerUpdate: 'number',
            refreshEvery: 'number',
            divergence: DIVERGENCES,
          }),
        ),
    },
    dcd: {
      description: 'discrete consistency distillation: one prediction along a trajectory',
      create: (options, context) =>
        consistency(
          context,
          readOptions('the dcd objective', options, {
            ...REDUCTION,
            steps: 'number',
            refreshEvery: 'number',
            divergence: DIVERGENCES,
          }),
        ),
    },
    'didi-instruct': {
      description: 'a discriminator’s log-ratio as reward for the student’s tokens',
      create: (options, context) =>
        didiInstruct(
          context,
          readOptions('the didi-instruct objective', options, { ...REDUCTION, group: 'number', anchor: 'number' }),
        ),
    },
    'moment-matching': {
      description: 'draws reinforced by how close their representations come to the data’s',
      create: (options, context) =>
        momentMatching(
          context,
          readOptions('the moment-matching objective', options, {
            candidates: 'number',
            draws: 'number',
            bandwidth: 'number',
          }),
        ),
    },
  },
  (named, objective) => {
    requireMembers(named, objective, MEMBERS);
    if (objective.fakeFeeds || objective.fakeLoss) requireMembers(named, objective, WITH_FAKE);
  },
);
