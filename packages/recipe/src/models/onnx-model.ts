import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, jsonFault, parseJson } from '@idlm/core-diffusion';
import { type Tokenizer, readTokenizerFiles } from '@idlm/data';
import { type ModelDescription, describeFields, isOnnxFile, onnxRefusal } from '@idlm/denoiser/node';
import { readOnnxFileMetadata } from '@idlm/onnx/node';
import type { LoadedConfig } from '../config/load';
import { withImportAdvice } from '../text/import-advice';
import { type ModelFiles, type StoredModel, knowledgeOf, namedTokenizer, readModelFiles } from './model-files';

/** The files of a model that travel in an ONNX file, by name. */
type Texts = Readonly<Record<string, string>>;

/** A model of which there is an ONNX file alone. */
function storedGraph(path: string, texts: Texts): StoredModel {
  const refuse = () => Promise.reject(new InputError(onnxRefusal(path)));
  const text = (name: string) => Promise.resolve(texts[name]);
  return { graph: path, read: refuse, hash: refuse, copyTo: refuse, text };
}

/** @throws InputError if the file does not tell what its model is */
function describeGraph(path: string, texts: Texts, loaded: LoadedConfig): ModelDescription {
  const what = join(path, 'config.json');
  const text = texts['config.json'];
  if (text === undefined)
    throw new InputError(
      `${path} is an ONNX file without config.json in its metadata, where "idlm export" writes what the model is; export it with that.`,
    );
  let fields: unknown;
  try {
    fields = parseJson(text);
  } catch (error) {
    throw new InputError(`${what} ${jsonFault(error)}.`);
  }
  return describeFields(fields, { model: path, what }, knowledgeOf(loaded));
}

/** The tokenizer in a file, else the one that somebody names. */
async function tokenizerOf(
  path: string,
  { 'tokenizer.json': json, 'tokenizer_config.json': config }: Texts,
  model: ModelDescription,
  loaded: LoadedConfig,
): Promise<Tokenizer> {
  if (json === undefined) return namedTokenizer(path, loaded);
  return readTokenizerFiles({ 'tokenizer.json': json, 'tokenizer_config.json': config }, path).catch(
    (error: unknown) => {
      throw withImportAdvice(error, path, model);
    },
  );
}

/**
 * Reads all but the weights of a model that texts are sampled with.
 * @param path an ONNX file as "idlm export" writes it, or what `readModelFiles` takes
 * @throws InputError if it holds no model, or one of its files is missing or damaged
 */
export async function readSampledFiles(path: string, loaded: LoadedConfig): Promise<ModelFiles> {
  const isGraph = isOnnxFile(path) && (await stat(path).catch(() => undefined))?.isFile();
  if (!isGraph) return readModelFiles(path, loaded);
  const texts = await readOnnxFileMetadata(path);
  const model = describeGraph(path, texts, loaded);
  const tokenizer = await tokenizerOf(path, texts, model, loaded);
  return { folder: path, model, tokenizer, stored: storedGraph(path, texts) };
}
