import { z } from 'zod';

/** Most characters of a pattern. */
const PATTERN_LENGTH = 4096;

const PROMPT = 'prompt is a text, a list of texts, a list of token ids, or a list of such lists.';

const tokenIds = z.array(z.int(PROMPT).min(0, PROMPT)).min(1, PROMPT);
const spec = z.union(
  [z.string(), z.strictObject({ name: z.string(), options: z.record(z.string(), z.json()).optional() })],
  'sampler is a name, or an object of a name and options.',
);

const STOP = 'stop is a text, or a list of at most four.';

/** Fields of OpenAI that mean nothing to diffusion models; they may have the value that changes nothing. */
const unsupported = {
  logprobs: z.null('logprobs are not supported: tokens are not written one after another.').optional(),
  presence_penalty: z.literal(0, 'presence_penalty is not supported; leave it out, or give 0.').nullish(),
  frequency_penalty: z.literal(0, 'frequency_penalty is not supported; leave it out, or give 0.').nullish(),
};

const INFILL =
  'infill is a list of texts and holes, such as {"tokens": 4}, {"min_tokens": 2, "max_tokens": 8} or {} for as many tokens as fit.';

/** A hole of so many tokens, or of as many as fit what stands around it, in bounds. */
const hole = z.strictObject(
  {
    tokens: z.int().min(1).optional(),
    min_tokens: z.int().min(1).optional(),
    max_tokens: z.int().min(1).optional(),
  },
  INFILL,
);

const LOGIT_BIAS = 'logit_bias is an object of token ids, each with a number from -100 to 100.';

const SPACING = 'spacing is uniform, cosine, or a list of at least two times that fall, within 1 and 0.';

/** How steps are spaced in time. */
const spacing = z.union(
  [z.enum(['uniform', 'cosine']), z.array(z.number(SPACING).min(0, SPACING).max(1, SPACING)).min(2, SPACING)],
  SPACING,
);

/** What both ways of writing are asked for. */
const writing = {
  model: z.string('you must provide a model parameter').min(1, 'you must provide a model parameter'),
  prompt: z
    .union([z.string(), z.array(z.string()).min(1, PROMPT), tokenIds, z.array(tokenIds).min(1, PROMPT)], PROMPT)
    .nullish(),
  suffix: z.string().nullish(),
  infill: z
    .array(z.union([z.string(), hole], INFILL), INFILL)
    .min(1, INFILL)
    .optional(),
  n: z.int().min(1).nullish(),
  best_of: z.int().min(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(1).nullish(),
  repetition_penalty: z.number().min(1).max(10).nullish(),
  no_repeat_ngram_size: z.int().min(2).nullish(),
  seed: z.int().min(0).nullish(),
  stop: z.union([z.string().min(1, STOP), z.array(z.string().min(1, STOP)).max(4, STOP)], STOP).nullish(),
  logit_bias: z
    .record(z.string().regex(/^\d+$/), z.number(LOGIT_BIAS).min(-100, LOGIT_BIAS).max(100, LOGIT_BIAS), LOGIT_BIAS)
    .nullish(),
  steps: z.int().min(1).nullish(),
  spacing: spacing.nullish(),
  sampler: spec.nullish(),
  pattern: z.string().min(1).max(PATTERN_LENGTH, `pattern has at most ${PATTERN_LENGTH} characters here.`).nullish(),
  block: z.int().min(1).nullish(),
  guidance: z.number().min(0).max(100).nullish(),
  classifier: z.string().min(1).nullish(),
  unconditional: z.string().min(1).nullish(),
  user: z.string().optional(),
  ...unsupported,
};

/** The body of `POST /v1/completions`. */
export const completionSchema = z.strictObject({
  ...writing,
  echo: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional() }, 'stream_options is an object of include_usage alone.')
    .nullish(),
});

/** The body of `POST /v1/frames`. */
export const framesSchema = z.strictObject({ ...writing, retain: z.number().min(0).nullish() });

/** What is to be written, as it was asked for. */
export type WritingBody = z.output<typeof framesSchema>;
