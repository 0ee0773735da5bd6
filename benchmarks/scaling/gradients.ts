import {
  type LossFeeds,
  type MdlmNoise,
  type Parameters,
  type Uploaded,
  batchLoss,
  compileNamed,
  drawLoss,
  mdlm,
  randomStream,
  upload,
} from '@idlm/core-diffusion';
import { windowLoader } from '@idlm/data';
import { dit, initialParameters } from '@idlm/denoiser';
import { openEngine } from '@idlm/engine';
import { gradientsOf } from '@idlm/trainer/steps';
import * as tf from '@tensorflow/tfjs-core';
import type { Sizes } from '../programs/protocol';

/** Milliseconds from the begin of a step's gradients until the first of them can be read, and until all can. */
export interface Arrival {
  readonly first: number;
  readonly all: number;
}

interface Inputs {
  readonly weights: Parameters;
  readonly feeds: Uploaded<LossFeeds<MdlmNoise>>;
}

/**
 * When the gradients of a teacher's step can be read. Those of the last layers are computed first; could they be read then, they could
 * be added over ranks while the others are computed.
 */
export async function arrivals(sizes: Sizes, rounds: number): Promise<Arrival[]> {
  const { vocab, batch, threads, length, hidden, blocks, heads, cond } = sizes;
  const { compile } = await openEngine({ prefer: 'native', threads });
  const network = { hidden, blocks, heads, cond, vocabSize: vocab, length, timeConditioned: false };
  const [family, denoiser, random] = [mdlm({ vocabSize: vocab, maskId: vocab - 1 }), dit(network), randomStream(1)];
  const weights = initialParameters(network, random);
  const loader = windowLoader({ tokens: random.integers(100_000, vocab - 1), length, batch, random });
  const step = compileNamed(compile, ({ weights: given, feeds }: Inputs) => {
    const loss = (parameters: Parameters) => ({ loss: batchLoss({ family, denoiser }, parameters, feeds), stats: {} });
    return gradientsOf(loss, given, {}, {}).gradients;
  });
  const found: Arrival[] = [];
  for (let round = -2; round < rounds; round++) {
    const feeds = upload(drawLoss(family, loader.at(round + 2), random.split(round + 2)));
    const began = performance.now();
    const gradients = Object.values(step.run({ weights, feeds }));
    const read = gradients.map((gradient) => gradient.data());
    await Promise.race(read);
    const first = performance.now() - began;
    await Promise.all(read);
    if (round >= 0) found.push({ first, all: performance.now() - began });
    tf.dispose([gradients, feeds as never]);
  }
  return found;
}
