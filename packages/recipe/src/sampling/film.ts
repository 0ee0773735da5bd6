import type { NetworkDescription, Parameters } from '@idlm/core-diffusion';
import { denoisers, hostDenoiser } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { givenRows } from '@idlm/evaluation';
import { type SampleRequest, initialState } from '@idlm/samplers';
import type { PreparedCorpus } from '../text/corpus';
import type { Diffusion } from '../resolved/diffusion';
import type { Streams } from '../resolved/streams';
import { framePieces } from './frame-pieces';
import { type RevealOrder, orderOf } from './reveal-order';

/** A moment of a sample. */
export interface FilmFrame {
  readonly t: number;
  readonly text: string;
  /** The text of each position, which together are that of the frame; absent where each has a character, and in older records. */
  readonly pieces?: readonly string[];
  readonly networkCalls: number;
}

/** A sample on its way from noise to text. */
export interface FrameFilm {
  readonly title: string;
  /** Text of each moment; masks are `▁`. */
  readonly frames: readonly FilmFrame[];
  /** When the positions of this and some more samples were written; absent in older records. */
  readonly order?: RevealOrder;
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
  /** At most so many frames are kept, evenly (default 64). */
  readonly frames?: number;
  /** Samples whose order of writing is recorded, of which the first is filmed (default 8). */
  readonly samples?: number;
}

/** One sample on its way from noise to text, and the order in which it and some more were written. */
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
  samples = 8,
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
  const clamp = givenRows(corpus.heldOut, samples, random.split('prompts'))?.clamp;
  const environment = { denoise, family, timeConditioned: network.config.timeConditioned, random, shape };
  /** Some of the samples, from their noise on. */
  const rows = (firstRow: number, batch: number): SampleRequest => ({
    ...{ sampler, batch, firstRow, length, grid: grid(steps) },
    environment: { ...environment, clamp: clamp?.subarray(firstRow * length, (firstRow + batch) * length) },
  });
  const filmed = rows(0, 1);
  const frameOf = (t: number, tokens: Int32Array, networkCalls: number) => ({
    ...{ t, tokens: tokens.slice(), networkCalls, text: corpus.decode(tokens) },
  });
  const moments = [frameOf(1, initialState(filmed).tokens, 0)];
  try {
    const order = [
      await orderOf(filmed, ({ t, tokens, networkCalls }) => moments.push(frameOf(t, tokens, networkCalls))),
      ...(samples > 1 ? [await orderOf(rows(1, samples - 1))] : []),
    ];
    const stride = Math.ceil(moments.length / most);
    const kept = moments.filter((_, i) => i % stride === 0 || i === moments.length - 1);
    const pieces = framePieces(kept, corpus.decode);
    const frames = kept.map(({ t, text, networkCalls }, i) => ({
      ...{ t, text, networkCalls, ...(pieces ? { pieces: pieces[i]! } : {}) },
    }));
    return { title, frames, order: { steps: filmed.grid.length - 1, written: order.flat() } };
  } finally {
    denoise.dispose();
  }
}
