import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import type { CardNumbers } from '@idlm/denoiser';
import { type ResultManifest, type SweepCell, parseManifest } from '@idlm/evaluation';
import { withoutPlaces } from '@idlm/recipe/evaluation';
import { EVALUATION_FILES } from '@idlm/recipe/records';

/** What an evaluation tells of a model: its numbers for a card, and its manifest without the places of this machine. */
export interface ModelEvaluation {
  readonly numbers: CardNumbers;
  readonly manifest: string;
}

const shown = (value = NaN): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '–');

function numbersOf({ rows, data, engine }: ResultManifest, role: string): CardNumbers {
  const own = rows.filter(({ model }) => model === role);
  const scorers = [...new Set(own.flatMap(({ perplexity }) => Object.keys(perplexity)))];
  const cells = (row: SweepCell) => [
    ...[row.steps, row.temperature, row.networkCalls],
    ...scorers.map((name) => row.perplexity[name]),
    ...[row.entropy, row.samples],
  ];
  return {
    about: `Samples at each number of steps, on ${engine.name} (${engine.version}); sha256 of the text's tokens ${data}.`,
    columns: [
      'steps',
      'temperature',
      'network calls',
      ...scorers.map((name) => `perplexity (${name})`),
      'entropy',
      'samples',
    ],
    rows: own.map((row) => cells(row).map((value) => shown(value))),
  };
}

/**
 * What an evaluation tells of a model.
 * @param folder that of `idlm eval`
 * @param weights sha256 of the model's weights
 * @throws InputError if there is no evaluation, or it is of other models
 */
export async function evaluationOf(folder: string, weights: string): Promise<ModelEvaluation> {
  const path = join(folder, EVALUATION_FILES.manifest);
  const manifest = await readFile(path, 'utf8').catch(() => {
    throw new InputError(`${folder} holds no evaluation (${EVALUATION_FILES.manifest}); name a folder of "idlm eval".`);
  });
  const parsed = parseManifest(manifest, path);
  const found = Object.entries(parsed.models).find(([, model]) => model.weights === weights);
  if (!found)
    throw new InputError(
      `The evaluation in ${folder} is of other weights (${Object.keys(parsed.models).join(', ')}); name one of this model.`,
    );
  return { numbers: numbersOf(parsed, found[0]), manifest: `${JSON.stringify(withoutPlaces(parsed), null, 2)}\n` };
}
