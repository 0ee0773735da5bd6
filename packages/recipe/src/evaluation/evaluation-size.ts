import type { NetworkDescription } from '@idlm/core-diffusion';
import { describeModel, findModel } from '@idlm/denoiser/node';
import { requireModelReading } from '../models/model-settings';
import { knowledgeOf } from '../models/model-files';
import { withModelData } from '../models/model-origin';
import { sweptTemperatures } from '../resolved/sampling';
import type { SampledTexts } from '../sampling/sampling-work';
import { BASELINE, type Role } from './evaluated-model';
import { type SetupRequest, fitWriters, readWriters, tellingWriter } from './setup';

/** A model of an evaluation, of which no weights are read. */
export interface SizedModel {
  readonly name: Role | typeof BASELINE;
  readonly network: NetworkDescription;
  /** What it writes: texts of all temperatures, for each of its numbers of steps. */
  readonly texts: readonly SampledTexts[];
  /** Share of the positions of a text whose logits a bound on its likelihood reads. */
  readonly bounded: number;
}

/** What an evaluation is of, by its configuration and the headers of its models. */
export interface EvaluationSize {
  readonly models: readonly SizedModel[];
  /** The network that judges, where a folder holds one. */
  readonly scorer?: NetworkDescription;
  /** Tokens of a window of the text. */
  readonly length: number;
  /** Samples of a model at each number of steps and temperature. */
  readonly samples: number;
}

/**
 * Reads what an evaluation is of: neither text nor weights, but what their files say of themselves.
 * @throws InputError as `loadSetup`, but for what only the text or the weights tell
 */
export async function evaluationSize(request: Pick<SetupRequest, 'loaded' | 'given'>): Promise<EvaluationSize> {
  const writers = await readWriters(request);
  const [first] = [...writers.values()];
  await requireModelReading(request.loaded, first!);
  const loaded = withModelData(request.loaded, tellingWriter(writers));
  const uses = fitWriters(writers, loaded, {});
  const { evaluation, sampling, data } = loaded.config;
  const count = evaluation.samples * sweptTemperatures(loaded.config).length;
  const shared = { count, length: data.length, batch: Math.min(sampling.batch, evaluation.samples), block: null };
  const models: SizedModel[] = [];
  for (const [role, { model, stored }] of writers) {
    await (await stored.open?.())?.close();
    const { network } = model;
    const use = role === 'scorer' || role === BASELINE ? undefined : uses.get(role);
    const [steps, sampler] = use
      ? [use.config.evaluation[`${role as Role}Steps`], use.diffusion.sampling.sampler]
      : [[data.length], undefined];
    models.push({
      name: role as SizedModel['name'],
      network,
      texts: steps.map((one) => ({ network, sampler, steps: one, ...shared })),
      bounded: use?.diffusion.family.process.unmasking ? 0.5 : 1,
    });
  }
  const { scorer } = request.given;
  const judge =
    typeof scorer === 'string' ? await describeModel(await findModel(scorer), knowledgeOf(loaded)) : scorer?.model;
  return {
    models,
    length: data.length,
    samples: evaluation.samples,
    ...(judge ? { scorer: judge.network } : {}),
  };
}
