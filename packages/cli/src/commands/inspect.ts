import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Tokenizer, loadTokenizer } from '@idlm/data';
import { denoisers, parameterCount } from '@idlm/denoiser';
import { type ModelDescription, type ModelInspection, inspectWeights } from '@idlm/denoiser/node';
import type { Terminal } from '../terminal';
import { type ModelFileOptions, openModel } from './open-model';

const grouped = (value: number): string => value.toLocaleString('en');

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
    [
      'types',
      Object.entries(inspection.numbers)
        .map(([dtype, count]) => `${dtype} (${grouped(count)})`)
        .join(', '),
    ],
    ['not weights', inspection.buffers.join(', ') || 'none'],
    ['files', inspection.files.map(({ name, bytes }) => `${name} (${grouped(bytes)} bytes)`).join(', ')],
    ['tokenizer', tokenizer ? `${tokenizer.spec.name}, ${grouped(tokenizer.vocabSize)} tokens with its mask` : 'none'],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** `idlm inspect`: what a model's files hold, and what is odd about them; weights themselves are not read. */
export async function inspectCommand(path: string, options: ModelFileOptions, terminal: Terminal): Promise<void> {
  const { source, folder, model } = await openModel(path, options);
  try {
    const found = await inspectWeights(source, model);
    const tokenizer = existsSync(join(folder, 'tokenizer.json')) ? await loadTokenizer(folder) : undefined;
    const odd = [...found.odd, ...oddTokenizer(tokenizer, model)];
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
