import { type Reduction, createRegistry, requireMembers } from '@idlm/core-diffusion';
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

/** How losses of positions become one number. @param standing what it is where nobody sets it */
const reduction = <const Standing extends Reduction>(standing: Standing) =>
  ({
    reduction: {
      kind: ['sum', 'mean', 'token-mean'],
      default: standing,
      meaning: 'of the losses of positions to one number',
    },
  }) as const;

const LARGEST_TIME = {
  kind: 'number',
  default: 1,
  exclusiveMinimum: 0,
  maximum: 1,
  meaning: 'largest time at which the student is asked for tokens',
} as const;

const COUNT = { kind: 'number', whole: true, minimum: 1 } as const;

const WEIGHT = { kind: 'number', minimum: 0 } as const;

const DIVERGENCE = {
  divergence: { kind: DIVERGENCES, default: 'kl-forward', meaning: 'of the student’s prediction from the teacher’s' },
} as const;

/** What every objective has: loss and feeds of the student; those of a fake model where there is one. */
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
  (define) => ({
    idlm: define({
      description: 'inverse distillation: D(teacher) − D(fake) on the student’s own samples',
      options: {
        relaxation: {
          kind: 'spec',
          default: 'simplex',
          choice: 'relaxation',
          meaning: 'how gradients pass through the student’s tokens',
        },
        ...reduction('sum'),
        largestStudentTime: LARGEST_TIME,
        anchor: { ...WEIGHT, default: 0, meaning: 'weight of the student’s own loss on the data' },
      },
      create: ({ relaxation, ...rest }, context) =>
        inverseObjective(context, { ...rest, relaxation: relaxations.create(relaxation) }),
    }),
    'idlm-score-function': define({
      description: 'inverse distillation by the unbiased score-function estimator: the reference for relaxations',
      options: {
        ...reduction('sum'),
        samples: { ...COUNT, default: 4, minimum: 2, meaning: 'samples of clean tokens of each noisy input' },
        largestStudentTime: LARGEST_TIME,
      },
      create: ({ reduction, samples, largestStudentTime }, context) =>
        scoreFunctionObjective(context, { reduction, samples, largestStudentTime }),
    }),
    'continued-training': define({
      description: 'the control arm: the teacher, trained on for as long',
      options: reduction('token-mean'),
      create: (options, context) => continuedTraining(context, options),
    }),
    sdtt: define({
      description: 'self-distillation through time: two steps of the teacher in one, round after round',
      options: {
        ...reduction('token-mean'),
        steps: { ...COUNT, default: 256, meaning: 'steps of the teacher’s sampling at the start' },
        stepsPerUpdate: { ...COUNT, default: 2, meaning: 'steps that the student learns to make in one' },
        refreshEvery: { ...COUNT, default: 100, meaning: 'updates of a round' },
        ...DIVERGENCE,
      },
      create: (options, context) => selfDistillation(context, options),
    }),
    dcd: define({
      description: 'discrete consistency distillation: one prediction along a trajectory',
      options: {
        ...reduction('token-mean'),
        steps: { ...COUNT, default: 512, meaning: 'T: the first step between the two times is 1/T' },
        refreshEvery: { ...COUNT, default: 100, meaning: 'updates after which the step doubles' },
        ...DIVERGENCE,
      },
      create: (options, context) => consistency(context, options),
    }),
    'didi-instruct': define({
      description: 'a discriminator’s log-ratio as reward for the student’s tokens',
      options: {
        ...reduction('mean'),
        group: { ...COUNT, default: 4, minimum: 2, meaning: 'rows whose rewards are normalised together' },
        anchor: { ...WEIGHT, default: 0.01, meaning: 'weight of KL(teacher ‖ student) at the student’s own states' },
      },
      create: (options, context) => didiInstruct(context, options),
    }),
    'moment-matching': define({
      description: 'draws reinforced by how close their representations come to the data’s',
      options: {
        candidates: { ...COUNT, default: 4, minimum: 2, meaning: 'groups of draws from each noisy text' },
        draws: { ...COUNT, default: 2, minimum: 2, meaning: 'draws that share a reward' },
        bandwidth: {
          kind: 'number',
          default: 1,
          exclusiveMinimum: 0,
          meaning: 'scale of the kernel in mean squared distances of the data’s tokens',
        },
      },
      create: ({ candidates, draws, bandwidth }, context) => momentMatching(context, { candidates, draws, bandwidth }),
    }),
  }),
  (named, objective) => {
    requireMembers(named, objective, MEMBERS);
    if (objective.fakeFeeds || objective.fakeLoss) requireMembers(named, objective, WITH_FAKE);
  },
);
