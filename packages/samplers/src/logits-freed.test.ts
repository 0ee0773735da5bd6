import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { duo, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { sampleAll } from './sample';
import type { Denoise, DenoiseRequest } from './sampler';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';
import { firstHitting } from './samplers/first-hitting';

// Few, since each collection goes over the whole heap of the test runner.
const [V, batch, length] = [5, 2, 3];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A network that remembers its answers weakly, and how many of them were still held when it was last asked. */
function network() {
  const answers: WeakRef<Float32Array>[] = [];
  const held: number[] = [];
  const denoise: Denoise = async ({ positions }: DenoiseRequest) => {
    // References are weak only after the turn of the event loop in which they were made.
    await pause();
    collect();
    held.push(answers.filter((answer) => answer.deref() !== undefined).length);
    const logits = new Float32Array(positions.length * V);
    answers.push(new WeakRef(logits));
    return logits;
  };
  return { denoise, held };
}

const masked = mdlm({ vocabSize: V, maskId: V - 1 });

it.each([
  ['ancestral-cached in one step', ancestralCached(), masked, 1],
  ['ancestral-cached', ancestralCached(), masked, 2],
  ['first-hitting', firstHitting(), masked, 1],
  ['ancestral of a uniform process', ancestral(), duo({ vocabSize: V }), 2],
])('%s has let go of the logits of a call before the next', async (_, sampler, family, steps) => {
  const { denoise, held } = network();
  const environment = { denoise, family, timeConditioned: false, random: randomStream(1), maxLogits: length * V };
  await sampleAll({ sampler, environment, batch, length, grid: timeGrid(steps) });
  expect(held.length).toBeGreaterThanOrEqual(batch);
  expect(held).toEqual(held.map(() => 0));
});
