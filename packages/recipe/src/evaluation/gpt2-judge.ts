import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Entry, InputError, type Spec } from '@idlm/core-diffusion';
import { type Tokenizer, gpt2Tokenizer, loadTokenizer } from '@idlm/data';
import { type Gpt2Config, denoisers, isGpt2 } from '@idlm/denoiser';
import { findModel, folderOfModel, hashWeights, loadModel } from '@idlm/denoiser/node';
import { type Judge, type ScorerContext, type TextScorer, retokenisingScorer } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';

/** Names of the published sizes, by width and blocks; weights of these sizes need not be the published ones. */
const PUBLISHED: Readonly<Record<string, string>> = {
  '768 12': 'gpt2',
  '1024 24': 'gpt2-medium',
  '1280 36': 'gpt2-large',
  '1600 48': 'gpt2-xl',
};

const nameOf = ({ hidden, blocks }: Gpt2Config): string => PUBLISHED[`${hidden} ${blocks}`] ?? 'gpt2';

/** The tokenizer of a folder, or GPT-2's where it has none. @throws InputError if it has tokens that the network lacks */
async function tokenizerOf(folder: string, { vocabSize }: Gpt2Config): Promise<Tokenizer> {
  const own = existsSync(join(folder, 'tokenizer.json'));
  const tokenizer = await (own ? loadTokenizer(folder, 'none') : gpt2Tokenizer());
  const tokens = tokenizer.vocabSize - Number(tokenizer.addedMask);
  if (tokens <= vocabSize) return tokenizer;
  throw new InputError(
    `The judge in ${folder} knows ${vocabSize} tokens, and ${own ? 'its tokenizer' : "GPT-2's tokenizer"} has ${tokens}; put the tokenizer.json of this model into its folder.`,
  );
}

/**
 * A judge of generative perplexity: a GPT-2 in a folder of the Hub's layout. It reads text, as its own tokens, cut off at the tokens of a
 * sample, as the references have it.
 * @throws InputError if the folder holds no GPT-2, or one of its files is damaged
 */
export async function openGpt2Judge(path: string, { length, compile }: ScorerContext): Promise<TextScorer> {
  const model = await findModel(path);
  const { network, parameters } = await loadModel(model);
  try {
    if (!isGpt2(network)) throw new InputError(`The model in ${path} is no GPT-2; give it with --scorer.`);
    const scorer = retokenisingScorer({
      name: nameOf(network.config),
      weights: await hashWeights(model),
      denoiser: denoisers.create(network),
      parameters,
      tokenizer: await tokenizerOf(folderOfModel(model), network.config),
      longest: length,
      compile,
    });
    return {
      ...scorer,
      dispose() {
        scorer.dispose();
        tf.dispose(parameters);
      },
    };
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  }
}

const GPT2_OPTIONS = {
  model: { kind: 'string', meaning: 'its folder (config.json, model.safetensors); it must be given' },
} as const;

/** The same as a judge by name. */
export const GPT2_JUDGE: Entry<Promise<Judge>, ScorerContext, typeof GPT2_OPTIONS> = {
  description: 'a GPT-2, which reads the text',
  options: GPT2_OPTIONS,
  create({ model }, context) {
    if (model === undefined)
      throw new InputError(
        'The judge gpt2 needs the folder of a GPT-2: scorers.judges: [{ name: gpt2, options: { model: … } }].',
      );
    return openGpt2Judge(model, context);
  },
};

/** The judge gpt2 with the place of its folder, where it is one as seen from here: records are read from anywhere. */
export function placedJudge({ name, options }: Required<Spec>): Required<Spec> {
  const { model } = options;
  if (name !== 'gpt2' || typeof model !== 'string' || !existsSync(model)) return { name, options };
  return { name, options: { ...options, model: resolve(model) } };
}
