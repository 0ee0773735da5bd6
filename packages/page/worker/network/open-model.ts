import { type SamplingFamily, families } from '@idlm/core-diffusion/sampling';
import { type Tokenizer, readTokenizerFiles } from '@idlm/data/texts';
import { type OnnxDenoiser, onnxDenoiser } from '@idlm/onnx/runtime';
import type { PageModel } from '../../src/manifest';
import { type FetchOptions, fetchFile } from '../download/fetch-file';
import { Tensor, openSession } from './runtime';

/** A model that is ready to write. */
export interface OpenModel {
  readonly facts: PageModel;
  readonly tokenizer: Tokenizer;
  readonly family: SamplingFamily;
  readonly network: OnnxDenoiser;
}

/** The tokenizer of a model. @throws Fault where it cannot be downloaded; InputError for one that is not known */
export async function openTokenizer({ tokenizer }: PageModel, options: FetchOptions): Promise<Tokenizer> {
  const texts = new TextDecoder().decode(await fetchFile(tokenizer, options));
  return readTokenizerFiles(JSON.parse(texts) as Parameters<typeof readTokenizerFiles>[0], tokenizer.path);
}

/**
 * Fetches a model and opens it; the runtime must be ready.
 * @throws Fault where it cannot be downloaded
 */
export async function openModel(facts: PageModel, options: FetchOptions): Promise<OpenModel> {
  const tokenizer = await openTokenizer(facts, { ...options, onProgress: undefined });
  const { vocabSize, maskId } = facts;
  const family = families.create(facts.family, { vocabSize, maskId });
  const session = await openSession(await fetchFile(facts.network, options));
  return { facts, tokenizer, family, network: onnxDenoiser({ session, Tensor, schedule: family.schedule }) };
}
