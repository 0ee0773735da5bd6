import { join } from 'node:path';
import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { isGpt2, parameterCount, textLength } from '@idlm/denoiser';
import { type ModelDescription, describeModel } from '@idlm/denoiser/node';
import type { EngineName } from '@idlm/engine';
import { type LoadedConfig, openConfigured, resolveConfig } from '@idlm/recipe/config';
import {
  PAPER_JUDGE,
  type PublishedLine,
  SCRIPT_SAMPLES,
  evaluateModels,
  publishedLine,
} from '@idlm/recipe/evaluation';
import { EVALUATION_FILES, keepEvaluation, openOutput } from '@idlm/recipe/records';
import { evaluationReport } from '../report/evaluation';
import { type Reproduced, publishedRows, publishedSentences } from '../report/published';
import { tellEvents } from '../sentences/events';
import { type Terminal, alignedTable, terminalReporter } from '../terminal';
import { wholeNumber } from './shared';
import { writeEvaluation } from './write-evaluation';

/** Options of `idlm reproduce --published`. */
export interface PublishedOptions {
  readonly published: string;
  readonly model?: string;
  readonly scorer?: string;
  readonly corpus?: string;
  readonly samples?: string;
  readonly tokenizer?: string;
  readonly seed?: string;
  readonly engine?: EngineName | 'auto';
  readonly out?: string;
}

/** What must be given, since nothing is fetched that was not named. */
type Given = Required<Pick<PublishedOptions, 'model' | 'scorer' | 'corpus'>>;

/** @throws InputError in one sentence that says all that is missing */
function requireGiven(row: PublishedLine, { model, scorer, corpus }: PublishedOptions): Given {
  if (model !== undefined && scorer !== undefined && corpus !== undefined) return { model, scorer, corpus };
  const missing = [
    ...(model === undefined ? [`its weights (--model ${row.model}, or their folder)`] : []),
    ...(scorer === undefined ? [`its judge (--scorer ${PAPER_JUDGE.model}, or its folder)`] : []),
    ...(corpus === undefined ? ['text of OpenWebText (--corpus FILE)'] : []),
  ];
  throw new InputError(
    `The published row ${row.name} needs ${missing.join(', ')}; nothing is fetched that is not named.`,
  );
}

/** The row's recipe as a configuration, with the length of the model that is given. */
function recipeOf(row: PublishedLine, model: ModelDescription, options: PublishedOptions & Given): LoadedConfig {
  const { corpus, tokenizer = 'gpt2', engine, seed } = options;
  const samples = options.samples === undefined ? SCRIPT_SAMPLES : wholeNumber('--samples', options.samples, 2);
  return resolveConfig({
    preset: row.preset,
    set: {
      ...(seed === undefined ? {} : { seed: wholeNumber('--seed', seed, 0) }),
      ...(engine === undefined ? {} : { engine: { name: engine } }),
      data: { corpus, tokenizer, length: textLength(model.network.config) },
      evaluation: { samples, mauve: true, [`${row.role}Steps`]: [row.steps], compareAt: null },
    },
  });
}

/** What keeps our number from being one of the paper's, in sentences. */
function problemsOf(model: ModelDescription, judge: string): string[] {
  const millions = Math.round(parameterCount(model.network) / 1e6);
  const length = textLength(model.network.config);
  return [
    ...(judge === PAPER_JUDGE.name
      ? []
      : [
          `These numbers do not compare: the paper's judge is ${PAPER_JUDGE.name}, and this one is another (${judge}).`,
        ]),
    ...(millions === 170 && length === 1024
      ? []
      : [
          `These numbers do not compare: the paper's model has 170 M weights and writes 1024 tokens, and this one has ${millions} M and writes ${length}.`,
        ]),
  ];
}

/** @throws InputError for a judge that does not read text */
async function requireGpt2(scorer: string): Promise<void> {
  if (!isGpt2((await describeModel(scorer)).network))
    throw new InputError(
      `${scorer} is no GPT-2, and published rows are judged by one; give --scorer ${PAPER_JUDGE.model} or its folder.`,
    );
}

/** `idlm reproduce --published`: a published row by its recipe, ours beside the paper's. */
export async function reproducePublished(
  options: PublishedOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const row = publishedLine(options.published);
  const given = requireGiven(row, options);
  const model = await describeModel(given.model);
  await requireGpt2(given.scorer);
  const loaded = recipeOf(row, model, { ...options, ...given });
  const { out = join('runs', `published-${row.name}`) } = options;
  const output = await openOutput({ path: out, kind: 'evaluation', again: true });
  try {
    const onEvent = tellEvents({ terminal, reporter: terminalReporter(terminal) });
    const models = { [row.role]: given.model, scorer: given.scorer };
    const open = (networks: readonly NetworkDescription[]) => openConfigured(loaded, networks);
    const evaluated = await evaluateModels({ loaded, given: models, folder: out, open, onEvent, signal });
    const ours = evaluated.manifest.rows[0]!;
    const judge = Object.keys(ours.mauve!)[0]!;
    const reproduced: Reproduced = { row, ours, judge };
    const problems = problemsOf(model, judge);
    const kept = await keepEvaluation(out);
    if (kept) terminal.note(`The evaluation that was in ${out} is now in ${kept}.`);
    await writeEvaluation(out, { manifest: evaluated.manifest, report: await evaluationReport(evaluated) });
    terminal.note(alignedTable(publishedRows(reproduced)));
    publishedSentences(reproduced, problems).forEach((sentence) => terminal.note(sentence));
    const manifest = join(out, EVALUATION_FILES.manifest);
    terminal.result({ published: row, judge, ours, problems, manifest }, () => join(out, EVALUATION_FILES.report));
  } finally {
    await output.close();
  }
}
