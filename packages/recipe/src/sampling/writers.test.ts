import { type TensorFunction, randomStream, runPlainly } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { PRESETS, initialParameters } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import { resolveConfig } from '../config/load';
import type { StoredModel } from '../models/model-files';
import { resolveDiffusion } from '../resolved/diffusion';
import { openWriter } from './writers';

beforeAll(() => useBackend());

/** Calls of the network while 24 texts are written, and those that one text took part in at most. */
async function callsOf(timeConditioned: boolean): Promise<{ calls: number; networkCalls: number }> {
  const sizes = { ...PRESETS.tiny, hidden: 16, blocks: 1, heads: 2, cond: 4, length: 8 };
  const network = { type: 'dit', config: { ...sizes, vocabSize: 12, timeConditioned } };
  const tokenizer = { vocabSize: 12, maskId: 11 } as Tokenizer;
  const { config } = resolveConfig({ settings: ['sampling.steps=6'] });
  let calls = 0;
  const compile = (fn: TensorFunction) => runPlainly((inputs) => (calls++, fn(inputs)));
  const writer = await openWriter({
    ...{ config, tokenizer, folder: 'whales', count: 24, given: [] },
    model: { type: 'mdlm', network, assumed: [] },
    diffusion: resolveDiffusion(config, tokenizer),
    stored: { read: async () => initialParameters(network.config, randomStream(1)) } as StoredModel,
    runtime: { kind: 'engine', engine: { name: 'cpu', compile } as unknown as Engine },
  });
  const { networkCalls } = await writer.writeAll({ batch: 24, firstRow: 0, length: 8 });
  writer.dispose();
  return { calls, networkCalls };
}

it.each([false, true])(
  'calls take texts of any step, where the network reads the noise level too: %p',
  async (reads) => {
    const { calls, networkCalls } = await callsOf(reads);
    expect(calls).toBe(networkCalls);
  },
);
