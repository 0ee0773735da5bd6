import { InputError } from '@idlm/core-diffusion';
import { tokenizerFiles } from '@idlm/data';
import { parameterCount } from '@idlm/denoiser';
import { type OnnxWeights, exportOnnx } from '@idlm/onnx';
import { type PageManifest, type PageModelFacts, type PagedModel, servePage, writePage } from '@idlm/page';
import { pairFolder } from '../assets';
import { type Terminal, bytes } from '../terminal';
import { type WrittenModel, readFitted } from './written-model';
import type { ConfigOptions } from '../flags/config-flags';
import { portNumber, readLoadedConfig } from './shared';

/** Options of `idlm page`. */
export interface PageCommandOptions extends ConfigOptions {
  /** Default: the teacher that comes with the package, with its student. */
  readonly teacher?: string;
  readonly student?: string;
  readonly weights: OnnxWeights;
  /** A folder of HTML, styles and scripts (default: those of `@idlm/page`). */
  readonly shell?: string;
  /** The port that it is then served at, as text. */
  readonly serve?: string;
}

/** Where the models lie, by the names that the page gives them. */
function modelFolders({ teacher, student }: PageCommandOptions): Record<string, string> {
  if (teacher === undefined && student === undefined)
    return { student: pairFolder('student'), teacher: pairFolder('teacher') };
  return { ...(student === undefined ? {} : { student }), ...(teacher === undefined ? {} : { teacher }) };
}

/** What a page must know of a model. */
function factsOf({ model: { network }, tokenizer, diffusion, config, prompting }: WrittenModel): PageModelFacts {
  const { length, vocabSize, rowStart, timeConditioned } = network.config;
  const { steps, temperature, topK, nucleus, spacing } = config.sampling;
  const isOfRows = rowStart !== undefined;
  return {
    length,
    vocabSize,
    maskId: tokenizer.maskId,
    ...(isOfRows ? { rowStart } : {}),
    ...(isOfRows && tokenizer.padId !== undefined ? { padId: tokenizer.padId } : {}),
    timeConditioned,
    parameters: parameterCount(network),
    family: diffusion!.family.spec,
    ...(prompting ? { prompting } : {}),
    recommended: {
      ...{ steps, temperature, ...(topK === null ? {} : { topK }), ...(nucleus === 1 ? {} : { nucleus }) },
      ...(spacing === 'uniform' ? {} : { spacing }),
    },
  };
}

/** A model as the page takes it. @throws InputError for one that is written from left to right, or has no graph here */
async function pagedModel(name: string, folder: string, options: PageCommandOptions): Promise<PagedModel> {
  const written = await readFitted(folder, await readLoadedConfig(options));
  const { stored, model, tokenizer } = written;
  if (!written.diffusion || !stored.open)
    throw new InputError(`${folder} is no diffusion model with weights of its own, which a page needs; name another.`);
  const weights = await stored.open();
  try {
    const how = { weights: options.weights, dataFrom: Infinity };
    const { model: network } = await exportOnnx({ network: model.network, read: (one) => weights.read(one) }, how);
    return { name, facts: factsOf(written), network, tokenizer: tokenizerFiles(tokenizer, model.network.config) };
  } finally {
    await weights.close();
  }
}

/** The model that can measure texts: a teacher of masked diffusion that does not read the noise level. */
function judgeOf(models: readonly PagedModel[]): { readonly judge?: string } {
  const teacher = models.find(({ name }) => name === 'teacher');
  return teacher && !teacher.facts.timeConditioned && teacher.facts.family.name === 'mdlm'
    ? { judge: teacher.name }
    : {};
}

const describePage = ({ models }: PageManifest): string =>
  models.map(({ name, network, parameters }) => `${name}: ${bytes(network.bytes)}, ${parameters} weights`).join('; ');

/** `idlm page`: a page of static files with models that run in the browser; with `--serve`, served until it is interrupted. */
export async function pageCommand(
  folder: string,
  options: PageCommandOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const port = options.serve === undefined ? undefined : portNumber('--serve', options.serve);
  const models: PagedModel[] = [];
  for (const [name, path] of Object.entries(modelFolders(options))) models.push(await pagedModel(name, path, options));
  const manifest = await writePage(folder, { models, ...judgeOf(models), shell: options.shell });
  terminal.note(describePage(manifest));
  terminal.result({ page: folder, models: manifest.models }, () => folder);
  if (port === undefined) return;
  const { address, close } = await servePage(folder, { port });
  terminal.note(`The page is at ${address}; it is served until you interrupt it (Ctrl+C).`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await close();
}
