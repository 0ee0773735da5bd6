import { InputError, randomStream, timeGrid } from '@idlm/core-diffusion';
import { loadTokenizer } from '@idlm/data';
import { dit, hostDenoiser } from '@idlm/denoiser';
import { describeModel, loadModel } from '@idlm/denoiser/node';
import { type LogitShaper, clampPrompt, composeShapers, nucleus, sample, temperature, topK } from '@idlm/samplers';
import { type Config, samplerFor } from '../config';
import { modelFolder } from '../jobs/model-folder';
import { withModelFamily } from '../jobs/model-family';
import { familyFor } from '../jobs/network';
import { type Terminal, terminalReporter } from '../terminal';
import { type ConfigOptions, openConfigured, readLoadedConfig, wholeNumber } from './shared';

/** Options of `idlm sample`. */
export interface SampleOptions extends ConfigOptions {
  readonly model: string;
  readonly count: string;
  readonly steps?: string;
  readonly length?: string;
  readonly prompt?: string;
  readonly frames?: boolean;
}

/** The configured changes of logits, in the usual order. */
function shaperOf({ temperature: tau, topK: k, nucleus: p, nucleusRule }: Config['sampling']): LogitShaper {
  return composeShapers(
    ...(tau === 1 ? [] : [temperature(tau)]),
    ...(k === null ? [] : [topK(k)]),
    ...(p === 1 ? [] : [nucleus(p, nucleusRule)]),
  );
}

/** `idlm sample`: texts on stdout, one per line; every frame with `--frames`. */
export async function sampleCommand(options: SampleOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const loaded = await readLoadedConfig(options);
  const folder = await modelFolder(options.model);
  const tokenizer = await loadTokenizer(folder);
  const config = withModelFamily({ loaded, folder, model: await describeModel(folder), tokenizer });
  const engine = await openConfigured(config, terminalReporter(terminal));
  const { config: network, parameters } = await loadModel(folder);
  const [count, steps] = [
    wholeNumber('--count', options.count),
    wholeNumber('--steps', options.steps ?? String(config.sampling.steps)),
  ];
  const length = wholeNumber('--length', options.length ?? String(network.length));
  if (length > network.length)
    throw new InputError(`The model reads at most ${network.length} tokens; --length ${length} was given.`);
  const family = familyFor(config, tokenizer);
  const denoise = hostDenoiser({
    denoiser: dit(network),
    parameters,
    schedule: family.schedule,
    compile: engine.compile,
  });
  const decode = (tokens: Int32Array, row: number) =>
    tokenizer.decode(tokens.subarray(row * length, (row + 1) * length));
  for (let first = 0; first < count; first += config.sampling.batch) {
    const batch = Math.min(config.sampling.batch, count - first);
    const clamp =
      options.prompt === undefined ? undefined : clampPrompt(tokenizer.encode(options.prompt), batch, length);
    const environment = {
      denoise,
      family,
      timeConditioned: network.timeConditioned,
      random: randomStream(config.seed).split('sample'),
      shape: shaperOf(config.sampling),
      clamp,
    };
    const frames = sample({
      sampler: samplerFor(config, family),
      environment,
      batch,
      length,
      grid: timeGrid(steps, { spacing: config.sampling.spacing }),
      firstRow: first,
      signal,
    });
    let next = await frames.next();
    for (; !next.done; next = await frames.next()) {
      const { step, t, tokens, networkCalls } = next.value;
      if (options.frames)
        for (let row = 0; row < batch; row++)
          terminal.result({ sample: first + row, step, t, networkCalls, text: decode(tokens, row) }, () =>
            decode(tokens, row),
          );
    }
    const { tokens, networkCalls } = next.value;
    if (!options.frames)
      for (let row = 0; row < batch; row++)
        terminal.result({ sample: first + row, text: decode(tokens, row), steps, networkCalls }, () =>
          decode(tokens, row),
        );
  }
}
