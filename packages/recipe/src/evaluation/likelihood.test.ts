import { type Compile, mdlm, randomStream } from '@idlm/core-diffusion';
import { type Communicator, oneRank, ranksInMemory } from '@idlm/core-diffusion/ranks';
import { freshParameters } from '@idlm/denoiser';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { scorerNetwork } from '../runs/tasks';
import type { PreparedCorpus } from '../text/corpus';
import { batchesOf, likelihoodBounds } from './likelihood';

/** Rows of two tokens, by their numbers. */
const rows = (batch: number) => ({ ids: Int32Array.from({ length: 2 * batch }, (_, i) => i), batch, length: 2 });
const shown = (batch: number, size: number, most: number) =>
  batchesOf(rows(batch), size, most).map(({ ids, batch: count }) => [count, ids[0]! / 2, (ids.at(-1)! - 1) / 2]);

describe('batches of held-out windows', () => {
  it('are whole ones, one behind the other, each window in one', () => {
    expect(shown(7, 3, 10)).toEqual([
      [3, 0, 2],
      [3, 3, 5],
    ]);
    expect(shown(6, 2, 2)).toEqual([
      [2, 0, 1],
      [2, 2, 3],
    ]);
  });

  it('are one smaller one of fewer windows', () => {
    expect(shown(2, 3, 10)).toEqual([[2, 0, 1]]);
  });
});

it('ranks measure some batches each, of a model and of the baseline, and have what one finds', async () => {
  const engine = await useBackend();
  const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 6, length: 4, timeConditioned: false };
  const network = { type: 'dit', config };
  const [model, scorer] = [
    freshParameters(network, randomStream(1)),
    freshParameters(scorerNetwork(network), randomStream(2)),
  ];
  const decode = (ids: Int32Array) => Array.from(ids, (id) => 'abcde'[id]).join('');
  const corpus = {
    ...{ decode, words: new Set<string>(), tokenizer: { endOfTextId: undefined, beginId: undefined } },
    // Three batches of 32 rows.
    takeHeldOut: () => ({ ids: Int32Array.from({ length: 400 }, (_, i) => (i * i) % 5), batch: 100, length: 4 }),
  } as unknown as PreparedCorpus;
  const boundsOn = async (ranks: Communicator) => {
    let calls = 0;
    const compile: Compile = (fn, options) => {
      const run = engine.compile(fn, options);
      return Object.assign((inputs: tf.Tensor[]) => (calls++, run(inputs)), { ...run });
    };
    const evaluated = { name: 'teacher', family: mdlm({ vocabSize: 6, maskId: 5 }), network, parameters: model };
    const streams = { evaluation: () => randomStream(3) };
    const context = { ranks, corpus, engine: { ...engine, compile }, streams };
    const baseline = { network: scorerNetwork(network), parameters: scorer, first: new Float64Array(6) };
    const bounds = await likelihoodBounds(context as never, [evaluated as never], baseline);
    return { bounds, calls };
  };
  const alone = await boundsOn(oneRank);
  expect(Object.keys(alone.bounds)).toEqual(['teacher', 'baseline']);
  const found = await Promise.all(ranksInMemory(2).map(boundsOn));
  expect(found.map(({ bounds }) => bounds)).toEqual([alone.bounds, alone.bounds]);
  expect(found.map(({ calls }) => calls)).toEqual([alone.calls / 3, (2 * alone.calls) / 3]);
  tf.dispose([model, scorer]);
});
