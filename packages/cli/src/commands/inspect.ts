import { existsSync } from 'node:fs';
import type { Tokenizer } from '@idlm/data';
import { denoisers, parameterCount } from '@idlm/denoiser';
import { type ModelDescription, type ModelInspection, inspectFile, inspectWeights } from '@idlm/denoiser/node';
import { type ModelMask, maskOf } from '@idlm/recipe/models';
import type { Terminal } from '../terminal';
import { type ModelFileOptions, openModel, tokenizerBeside } from './open-model';

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

const NO_TOKENIZER = 'There is no tokenizer.json; name one with --tokenizer, mostly gpt2 for published models.';

/** A mask in words. */
const describeMask = ({ maskId }: ModelMask): string =>
  maskId === undefined ? 'not known' : maskId === null ? 'none' : `token ${maskId}`;

interface Described {
  readonly model: ModelDescription;
  readonly inspection: ModelInspection;
  readonly tokenizer?: Tokenizer;
  readonly mask: ModelMask;
}

function describe({ model, inspection, tokenizer, mask }: Described): string {
  const { network, family, role, type } = model;
  const { config } = network;
  const rows: readonly (readonly [string, string])[] = [
    ['model', [role, `of type ${type}`].filter(Boolean).join(' ')],
    ['family', family ? `${family.name} ${JSON.stringify(family.options ?? {})}` : 'not said; that of its type'],
    ['network', denoisers.find(network.type)?.summary?.(config) ?? `${network.type} ${JSON.stringify(config)}`],
    ['vocabulary', `${grouped(config.vocabSize)} tokens`],
    ['mask', describeMask(mask)],
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
    const { tokenizer, broken } = await tokenizerBeside(folder);
    const mask = maskOf({ folder, model, tokenizer, family: options.family });
    const { maskId, assumed, refused } = mask;
    const ofTokenizer = broken ?? (tokenizer ? undefined : NO_TOKENIZER);
    const odd = [...found.odd, ...assumed, ...[refused, ofTokenizer].filter((sentence) => sentence !== undefined)];
    odd.forEach((sentence) => terminal.note(sentence));
    const { type, network, family, role } = model;
    const parameters = parameterCount(network);
    const vocabulary = tokenizer && { name: tokenizer.spec.name, size: tokenizer.vocabSize };
    terminal.result(
      { type, role, family, network, parameters, mask: maskId, ...found, tokenizer: vocabulary, odd },
      () => describe({ model, inspection: found, tokenizer, mask }),
    );
  } finally {
    await source.close();
  }
}
