import { z } from 'zod';
import { spec, whole } from './values';

/** Times of a grid. */
const times = z.array(z.number().min(0).max(1)).min(2);

/** How text is sampled. */
export const sampling = z.strictObject({
  sampler: spec()
    .prefault('auto')
    .describe(
      'auto: ancestral-cached for masks, else ancestral. Others, such as first-hitting, remdm, psi and confidence-threshold, and their options: docs/samplers.md.',
    ),
  steps: whole().default(16).describe('Steps from noise to text.'),
  spacing: z
    .union([z.enum(['uniform', 'cosine']), times, z.array(times).min(1)])
    .default('uniform')
    .describe(
      'How the steps are spaced in time: uniform, cosine (short steps at high noise), or the times of a grid, falling, as idlm search-grid finds them; other numbers of steps lie between these. Several such lists are each for as many steps as they have, and others are uniform.',
    ),
  temperature: z.number().min(0).default(1).describe('Logits are divided by it; 0: the likeliest token alone.'),
  nucleus: z.number().gt(0).max(1).default(1).describe('Top-p: probability that the likeliest tokens hold together.'),
  nucleusRule: z
    .enum(['keep-crossing', 'drop-crossing'])
    .default('keep-crossing')
    .describe('Whether the token that crosses p is kept.'),
  topK: whole().nullable().default(null).describe('Only the k likeliest tokens; null: all.'),
  repetitionPenalty: z
    .number()
    .min(1)
    .default(1)
    .describe('The probability of tokens that the text already holds is raised to this power; 1: left as it is.'),
  noRepeatedNGram: whole()
    .min(2)
    .nullable()
    .default(null)
    .describe('So many tokens in a row are not written twice in a text; null: they may be.'),
  pattern: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Regular expression of the whole text behind its prompt, which every text then matches; padding may stand behind. Not of uniform noise.',
    ),
  block: whole()
    .nullable()
    .default(null)
    .describe(
      'Tokens that are written at a time, one block behind the other, each in sampling.steps steps; texts may then be longer than what the model reads. null: all at once.',
    ),
  guidance: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe(
      'Strength of guidance: of the prompt, or of another model or a classifier where one is set. 1 is the law of the condition, more sharpens it, 0 leaves it out; null: none.',
    ),
  unconditional: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Folder, run or ONNX file of the model that guidance leads away from; null: the model itself, which is not shown what is given.',
    ),
  classifier: spec()
    .nullable()
    .prefault(null)
    .describe('Classifier of noisy rows that guides, by its name; null: none.'),
  batch: whole().default(256).describe('Sequences that are sampled at once.'),
  runtime: z
    .enum(['auto', 'engine', 'onnx'])
    .default('auto')
    .describe(
      'What runs the network for idlm sample: the engine, or ONNX Runtime (npm install onnxruntime-node), which starts in a fraction of the time. auto: ONNX Runtime where it is installed, the engine is not set, and what is written is little or the network large (33 million weights).',
    ),
});

const list = <Item extends z.ZodType>(item: Item, values: z.output<Item>[]) =>
  z
    .array(item)
    .min(1)
    .default(values as never);

const evaluationFields = z.strictObject({
  samples: whole()
    .min(2)
    .default(256)
    .describe('Samples of every cell of the sweep; of one alone nothing is known of chance.'),
  teacherSteps: list(whole(), [1, 2, 4, 8, 16, 32, 64, 256]).describe('Step counts of the teacher.'),
  studentSteps: list(whole(), [1, 2, 4, 8, 16, 32]).describe('Step counts of the student.'),
  temperatures: z
    .array(z.number().min(0))
    .min(1)
    .nullable()
    .default(null)
    .describe('Temperatures, each over all step counts, instead of that of sampling; null: that one alone.'),
  compareAt: whole()
    .nullable()
    .default(null)
    .describe('Steps of the teacher whose quality the student is to reach; null: the most of teacherSteps.'),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0.03)
    .describe("Largest difference of the student's entropy from the teacher's, as a share."),
  exactMatch: z
    .string()
    .min(1)
    .default('whole')
    .describe(
      'What of a completion must be that of the text, where text has prompts. whole: every token. gsm8k: the number behind ####. Else a regular expression, whose first group is the answer at its last match; numbers are compared as numbers.',
    ),
  mauve: z
    .boolean()
    .default(false)
    .describe(
      'MAUVE of samples and as many held-out rows, by the hidden states of a GPT-2 that judges; published of 5000.',
    ),
  seed: whole(0).nullable().default(null).describe('Seed of the samples; null: the seed of everything.'),
});

/** How teacher and student are compared. */
export const evaluation = evaluationFields.transform(({ compareAt, ...fields }) => ({
  ...fields,
  compareAt: compareAt ?? Math.max(...fields.teacherSteps),
}));

/** What a run writes. */
export const checkpoints = z.strictObject({
  every: whole().default(500).describe('Updates between checkpoints.'),
  keep: whole().default(2).describe('Checkpoints of a task that are kept.'),
  keepBest: z
    .boolean()
    .default(false)
    .describe(
      'A checkpoint after each look or check that makes the result, of which the last is kept besides. The weights of the result are in every checkpoint.',
    ),
});

/** What a run reports while it goes on. */
export const logs = z.strictObject({
  every: whole().default(10).describe('Updates between two lines of metrics.'),
  samplesEvery: whole().nullable().default(500).describe('Updates between two sets of samples; null: none.'),
});
