import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { PerplexityRatio, SweepCell } from '@idlm/evaluation';
import { openConfigured, override, requireRead, setValues } from '@idlm/recipe/config';
import { type ConfirmedGrid, searchModelGrid } from '@idlm/recipe/evaluation';
import { readModel, recommendGrid, requireModelReading, withRecommended } from '@idlm/recipe/models';
import { stringify } from 'yaml';
import { figure, signedPercent } from '../sentences/figures';
import { tellEvents } from '../sentences/events';
import { type Terminal, alignedTable, terminalReporter } from '../terminal';
import type { ConfigOptions } from '../flags/config-flags';
import { readLoadedConfig, wholeNumber } from './shared';

/** Options of `idlm search-grid`. */
export interface SearchGridOptions extends ConfigOptions {
  readonly model: string;
  readonly steps?: string;
  readonly scorer?: string;
  readonly rounds: string;
  readonly tries: string;
  readonly out: string;
  readonly force?: boolean;
  /** Whether the model's folder recommends the grid from now on. */
  readonly save?: boolean;
}

/** Times with as many digits as make a difference. */
const timesOf = (grid: ArrayLike<number>): number[] => Array.from(grid, (t) => Number(t.toPrecision(6)));

/** Why a difference may be none, as the end of a sentence; a point where it is one. */
function doubt(ratio: PerplexityRatio, gap: number, tolerance: number): string {
  if (Math.abs(gap) > tolerance)
    return ', which is no longer equal with other noise: search with more samples (evaluation.samples).';
  return (ratio.interval?.[1] ?? ratio.ratio) < 1 ? '.' : ': no more than chance may make.';
}

/** What of a grid's fresh samples a verdict is told. */
type Entropy = Pick<SweepCell, 'entropy'>;

/** Both grids compared with noise that the search has not seen. */
interface Comparison extends Pick<ConfirmedGrid, 'ratios'> {
  readonly confirmed: { readonly best: Entropy; readonly uniform: Entropy };
}

/** Whether the best grid is better than the uniform one with noise of its own, under each judge, in sentences. */
export function gridVerdicts({ ratios, confirmed }: Comparison, tolerance: number): string[] {
  const gap = confirmed.best.entropy / confirmed.uniform.entropy - 1;
  return Object.entries(ratios).map(([judge, found]) => {
    const range = found.interval ? ` (95 %: ${found.interval.map((end) => end.toFixed(3)).join(' – ')})` : '';
    const end = doubt(found, gap, tolerance);
    return `Under ${judge} its perplexity is ${found.ratio.toFixed(3)}${range} of the uniform grid's, at entropy ${signedPercent(gap)}${end}`;
  });
}

/** Whether a grid is no worse than the uniform one with noise of its own: of no higher perplexity under any judge, at equal entropy. */
export const isWorthSaving = ({ ratios, confirmed: { best, uniform } }: Comparison, tolerance: number): boolean =>
  Math.abs(best.entropy / uniform.entropy - 1) <= tolerance && Object.values(ratios).every(({ ratio }) => ratio < 1);

/** Both grids, with the numbers of fresh samples. */
function rowsOf({ best, uniform, confirmed }: ConfirmedGrid): string[][] {
  const judges = Object.keys(confirmed.best.perplexity);
  const line = (name: string, grid: Float64Array, row: SweepCell) => [
    ...[name, ...judges.map((judge) => figure(row.perplexity[judge]!)), row.entropy.toFixed(3)],
    timesOf(grid).join(' '),
  ];
  return [
    ['grid', ...judges.map((judge) => `${judge} ppl`), 'entropy', 'times'],
    line('uniform', uniform.grid, confirmed.uniform),
    line('best', best.grid, confirmed.best),
  ];
}

/** Writes a configuration that samples on the grid as it was found, with whatever else was set of sampling. */
async function write(out: string, model: string, sampling: object): Promise<void> {
  const comment = `# The best grid that idlm search-grid found for ${model}: idlm sample --model ${model} --config ${out}\n`;
  await mkdir(dirname(out), { recursive: true });
  await writeFileAtomically(out, comment + stringify({ sampling }, { flowCollectionPadding: false }));
}

/** What became of `--save`, in a sentence. @param saved the file, where it was written */
const savedSentence = (model: string, steps: number, saved: string | undefined): string =>
  saved === undefined
    ? `The grid is not better with other noise, so ${model} goes on without it; search with more samples (evaluation.samples).`
    : `${model} is now sampled on it at ${steps} steps unless another grid is set: ${saved} recommends it.`;

/** `idlm search-grid`: the grid of times on which a model writes best in so many steps, as a configuration for `idlm sample`. */
export async function searchGridCommand(
  options: SearchGridOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { model, steps, scorer, out, force = false, save = false } = options;
  const [rounds, tries] = [wholeNumber('--rounds', options.rounds), wholeNumber('--tries', options.tries)];
  const flags =
    steps === undefined ? [] : [override('sampling.steps', String(wholeNumber('--steps', steps)), '--steps')];
  const asked = await readLoadedConfig(options, flags);
  requireRead(asked, 'search-grid');
  if (existsSync(out) && !force) throw new InputError(`${out} is there already; name another with --out, or --force.`);
  const given = await readModel(model, asked);
  await requireModelReading(asked, given);
  if (save && given.stored.graph !== undefined)
    throw new InputError(
      `--save writes into the folder of a model, and ${model} is an ONNX file; leave it out, and use --out.`,
    );
  // A grid is best at the temperature at which it is to be used.
  const { loaded, recommended } = await withRecommended(asked, { ...given, isCausal: false });
  if (recommended.length) terminal.note(`Its folder recommends ${recommended.join(', ')}.`);
  const onEvent = tellEvents({ terminal, reporter: terminalReporter(terminal) });
  const open = (networks: readonly NetworkDescription[]) => openConfigured(loaded, networks);
  const found = await searchModelGrid({ loaded, model, scorer, rounds, tries, open, onEvent, signal });
  const spacing = timesOf(found.best.grid);
  await write(out, model, { ...setValues(asked).sampling, steps: spacing.length - 1, spacing });
  terminal.note(alignedTable(rowsOf(found)));
  const { tolerance } = loaded.config.evaluation;
  gridVerdicts(found, tolerance).forEach((sentence) => terminal.note(sentence));
  const saved = save && isWorthSaving(found, tolerance) ? await recommendGrid(given.folder, spacing) : undefined;
  if (save) terminal.note(savedSentence(model, spacing.length - 1, saved));
  terminal.result(
    { file: out, saved, steps: spacing.length - 1, spacing, ratios: found.ratios, tried: found.tried.length },
    () => out,
  );
}
