import type { NetworkDescription, Parameters } from '@idlm/core-diffusion';
import { denoisers, hostDenoiser } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { givenRows } from '@idlm/evaluation';
import { initialState, sample } from '@idlm/samplers';
import type { PreparedCorpus } from '../text/corpus';
import type { Diffusion } from '../resolved/diffusion';
import type { Streams } from '../resolved/streams';

/** A sample on its way from noise to text. */
export interface FrameFilm {
  readonly title: string;
  /** Text of each moment; masks are `▁`. */
  readonly frames: readonly { readonly t: number; readonly text: string; readonly networkCalls: number }[];
}

/** What is filmed. */
export interface FilmOptions extends Diffusion {
  readonly title: string;
  readonly streams: Streams;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly network: NetworkDescription;
  readonly parameters: Parameters;
  readonly steps: number;
  /** At most so many frames are kept, evenly. */
  readonly frames?: number;
}

/** One sample on its way from noise to text. */
export async function film({
  title,
  streams,
  engine,
  corpus,
  family,
  sampling,
  network,
  parameters,
  steps,
  frames: most = 64,
}: FilmOptions): Promise<FrameFilm> {
  const denoise = hostDenoiser({
    denoiser: denoisers.create(network),
    parameters,
    schedule: family.schedule,
    compile: engine.compile,
  });
  const { length } = corpus.heldOut;
  const { sampler, shape, grid } = sampling;
  const random = streams.evaluation('film');
  const clamp = givenRows(corpus.heldOut, 1, random.split('prompts'))?.clamp;
  const environment = { denoise, family, timeConditioned: network.config.timeConditioned, random, shape, clamp };
  const request = { sampler, environment, batch: 1, length, grid: grid(steps) };
  const frames = [{ t: 1, text: corpus.decode(initialState(request).tokens), networkCalls: 0 }];
  try {
    for await (const { t, tokens, networkCalls } of sample(request))
      frames.push({ t, text: corpus.decode(tokens), networkCalls });
  } finally {
    denoise.dispose();
  }
  const stride = Math.ceil(frames.length / most);
  return { title, frames: frames.filter((_, i) => i % stride === 0 || i === frames.length - 1) };
}
