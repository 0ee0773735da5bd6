import { z } from 'zod';
import { positive, spec, whole } from './values';

const share = () => z.number().min(0).lt(1);

/** Where the defaults of two optimizers differ. */
interface OptimizerDefaults {
  readonly learningRate: number;
  readonly warmup?: number;
  readonly decayTo?: number;
  readonly ema: number;
}

/** The optimizer, its learning rate over the run, clipping, and the average of weights. */
const optimizer = ({ learningRate, warmup = 0, decayTo, ema }: OptimizerDefaults) =>
  z
    .strictObject({
      method: spec()
        .prefault('adamw')
        .describe('How gradients move the weights: adamw, lion or your own, as { name, options }.'),
      learningRate: positive().default(learningRate).describe('Highest learning rate.'),
      warmup: whole(0).default(warmup).describe('Updates over which the rate rises from 0; at most half of all.'),
      decayTo: z
        .number()
        .min(0)
        .max(1)
        .nullable()
        .default(decayTo ?? null)
        .describe('Share of the rate at which a cosine decay ends; null: it stays constant.'),
      beta1: share().default(0.9).describe("Decay of AdamW's mean of gradients."),
      beta2: share().default(0.999).describe("Decay of AdamW's mean of squared gradients."),
      epsilon: positive().default(1e-8).describe("AdamW's epsilon."),
      weightDecay: z.number().min(0).default(0).describe('Decoupled weight decay.'),
      clip: positive().nullable().default(1).describe('Largest norm of the gradient; null: any.'),
      ema: share()
        .default(ema)
        .describe(
          'Decay of the moving average of weights, which is the result. 0: the weights themselves, in no memory of its own.',
        ),
      emaWarmup: z.boolean().default(true).describe('A smaller decay over the first updates.'),
    })
    .prefault({});

const batch = () => whole().default(48).describe('Sequences of a batch.');
/** How many batches make an update. */
const accumulate = () =>
  whole()
    .default(1)
    .describe(
      'Batches whose gradients, averaged, make one update: it sees so many times the sequences, in the memory of one batch.',
    );
const updates = (count: number) => whole().default(count).describe('Updates in all.');

/** The look at held-out text while a network is trained. */
const validation = () =>
  z
    .strictObject({
      every: whole()
        .nullable()
        .default(null)
        .describe('Updates between two looks; null: a tenth of all, at least 100 or all.'),
      batches: whole().default(4).describe('Held-out batches of a look, at most.'),
      patience: whole()
        .nullable()
        .default(null)
        .describe('Looks in a row without a lower loss that end the run; null: none do.'),
    })
    .nullable()
    .prefault({})
    .describe(
      'Held-out loss during training; the result is the weights where it was lowest. null: off, the last weights.',
    );

/** How the teacher is trained. */
export const teacher = z.strictObject({
  updates: updates(2000),
  batch: batch(),
  accumulate: accumulate(),
  reduction: z
    .enum(['token-mean', 'mean', 'sum'])
    .default('token-mean')
    .describe('token-mean: over all tokens of a batch. mean: over each row, then rows. sum: over L, mean over rows.'),
  antithetic: z.boolean().default(true).describe('Times spread evenly over the batch: less variance.'),
  samplingEps: z.number().min(0).lt(1).default(1e-3).describe('Smallest time that is trained on.'),
  optimizer: optimizer({ learningRate: 2e-3, warmup: 200, decayTo: 0.05, ema: 0.999 }).describe('The optimizer.'),
  validation: validation(),
});

/** The early stop on drift. */
const guard = z.strictObject({
  every: whole()
    .nullable()
    .default(null)
    .describe(
      'Updates between two checks; those after the last check do not count. null: a quarter of all, at most 100.',
    ),
  samples: whole(2).default(512).describe('Samples of a check: the fewer, the more drift is taken for chance.'),
  steps: whole().default(4).describe("Steps of the student's samples; the teacher's are evaluation.compareAt."),
  diversity: share()
    .default(0.75)
    .describe(
      "Share of the teacher's distinct sequences of four tokens below which the student's make an alarm; 0: none does.",
    ),
  factor: positive().default(2).describe("Largest drift, in multiples of the teacher's or chance's."),
  patience: whole()
    .default(3)
    .describe('Checks in a row beyond it, and beyond where the student began, that end the run.'),
});

/** How a student is distilled from the teacher. */
export const distillation = z.strictObject({
  objective: spec()
    .prefault({ name: 'idlm', options: { relaxation: 'gumbel-softmax', reduction: 'mean', anchor: 0.3 } })
    .describe(
      'relaxation: simplex (the reference), straight-through, gumbel-softmax or gaussian-softmax. reduction: mean over L, or sum (the reference; its rate depends on L). anchor: weight of the loss on data, against drift; packed text does with 0.05, rows keep their lengths with simplex and 1.',
    ),
  updates: updates(400).describe('Updates of the student.'),
  fakeUpdates: whole().default(1).describe('Updates of the fake network before each of the student.'),
  batch: batch(),
  accumulate: accumulate(),
  student: optimizer({ learningRate: 1e-4, ema: 0.98 }).describe("The student's optimizer."),
  fake: optimizer({ learningRate: 4e-4, ema: 0.98 }).describe(
    "The fake network's optimizer. Nothing reads its average.",
  ),
  guard: guard
    .nullable()
    .prefault({})
    .describe(
      'Early stop on drift of tokens, pairs, lengths and entropy. The result is the last student within the limits. null: off.',
    ),
});

/** The models that judge samples. */
export const scorers = z.strictObject({
  judges: z
    .array(spec())
    .prefault([])
    .describe(
      'Judges of samples beside the n-gram one, each as a name or { name, options }: those that imports register.',
    ),
  nGramOrder: whole()
    .max(12)
    .nullable()
    .default(null)
    .describe(
      'Longest context of the n-gram scorer, plus one; null: 6, less where its counts would take over a gigabyte.',
    ),
  autoregressive: z
    .strictObject({
      updates: updates(1000),
      batch: batch(),
      accumulate: accumulate(),
      optimizer: optimizer({ learningRate: 2e-3, warmup: 100, decayTo: 0.05, ema: 0.99 }).describe('The optimizer.'),
      validation: validation(),
    })
    .prefault({})
    .describe('The autoregressive scorer, of the size of the model.'),
});
