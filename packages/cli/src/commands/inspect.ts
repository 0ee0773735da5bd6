import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { type Tokenizer, loadTokenizer } from '@idlm/data';
import { denoisers, parameterCount } from '@idlm/denoiser';
import { type ModelDescription, type ModelInspection, inspectFile, inspectWeights } from '@idlm/denoiser/node';
import type { Terminal } from '../terminal';
import { type ModelFileOptions, openModel } from './open-model';

const grouped = (value: number): string => value.toLocaleString('en');

const describeTypes = ({ numbers }: Pick<ModelInspection, 'numbers'>): string =>
  Object.entries(numbers)
    .map(([dtype, count]) => `${dtype} (${grouped(count)})`)
    .join(', ');

const describeFiles = ({ files }: Pick<ModelInspection, 'files'>): string =>
  files.map(({ name, bytes }) => `${name} (${grouped(bytes)} bytes)`).join(', ');

/** Names and values in two columns. */
function inRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** What is odd about the tokenizer beside a model. */
function oddTokenizer(tokenizer: Tokenizer | undefined, { network: { config } }: ModelDescription): string[] {
  if (!tokenizer) return ['There is no tokenizer.json; name one with --tokenizer, mostly gpt2 for published models.'];
  const { vocabSize, maskId } = tokenizer;
  // Uniform models have no mask, and it stands last.
  const fits = config.vocabSize === vocabSize || (maskId === vocabSize - 1 && config.vocabSize === maskId);
  return fits ? [] : [`The tokenizer has ${vocabSize} tokens with its mask, and the network ${config.vocabSize}.`];
}

function describe(model: ModelDescription, inspection: ModelInspection, tokenizer: Tokenizer | undefined): string {
  const { network, family, role, type } = model;
  const { config } = network;
  const rows: readonly (readonly [string, string])[] = [
    ['model', [role, `of type ${type}`].filter(Boolean).join(' ')],
    ['family', family ? `${family.name} ${JSON.stringify(family.options ?? {})}` : 'not said; that of its type'],
    ['network', denoisers.find(network.type)?.summary?.(config) ?? `${network.type} ${JSON.stringify(config)}`],
    ['vocabulary', `${grouped(config.vocabSize)} tokens`],
    ['reads the noise level', config.timeConditioned ? 'yes' : 'no'],
    [
      'weights',
      `${grouped(parameterCount(network))} numbers in ${inspection.tensors - inspection.buffers.length} tensors`,
    ],
    ['types', describeTypes(inspection)],
    ['not weights', inspection.buffers.join(', ') || 'none'],
    ['files', describeFiles(inspection)],
    ['tokenizer', tokenizer ? `${tokenizer.spec.name}, ${grouped(tokenizer.vocabSize)} tokens with its mask` : 'none'],
  ];
  return inRows(rows);
}

/** The tokenizer beside a model, or why it cannot be read. @throws unless that is the file's fault */
async function tokenizerIn(folder: string): Promise<{ readonly tokenizer?: Tokenizer; readonly broken?: string }> {
  if (!existsSync(join(folder, 'tokenizer.json'))) return {};
  try {
    return { tokenizer: await loadTokenizer(folder) };
  } catch (error) {
    if (error instanceof InputError) return { broken: `The tokenizer cannot be read: ${error.message}` };
    throw error;
  }
}

/** A file of safetensors by itself. */
async function inspectAlone(path: string, terminal: Terminal): Promise<void> {
  const found = await inspectFile(path);
  terminal.result(found, () =>
    inRows([
      ['file', describeFiles(found)],
      ['types', describeTypes(found)],
      ['metadata', JSON.stringify(found.metadata)],
      ...Object.entries(found.shapes).map(([name, shape]) => [name, `[${shape.join(', ')}]`] as const),
    ]),
  );
}

/**
 * `idlm inspect`: what a model's files hold, and what is odd about them, or what one file of safetensors does; weights themselves are not
 * read.
 */
export async function inspectCommand(path: string, options: ModelFileOptions, terminal: Terminal): Promise<void> {
  if (path.endsWith('.safetensors') && existsSync(path)) return inspectAlone(path, terminal);
  const { source, folder, model } = await openModel(path, options);
  try {
    const found = await inspectWeights(source, model);
    const { tokenizer, broken } = await tokenizerIn(folder);
    const odd = [...found.odd, ...(broken ? [broken] : oddTokenizer(tokenizer, model))];
    odd.forEach((sentence) => terminal.note(sentence));
    const { type, network, family, role } = model;
    const parameters = parameterCount(network);
    const vocabulary = tokenizer && { name: tokenizer.spec.name, size: tokenizer.vocabSize };
    terminal.result({ type, role, family, network, parameters, ...found, tokenizer: vocabulary, odd }, () =>
      describe(model, found, tokenizer),
    );
  } finally {
    await source.close();
  }
}
