import { setTimeout as pause } from 'node:timers/promises';
import { duo, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { sampleAll } from '../src/sample';
import type { Denoise, DenoiseRequest } from '../src/sampler';
import { ancestral } from '../src/samplers/ancestral';
import { ancestralCached } from '../src/samplers/ancestral-cached';
import { firstHitting } from '../src/samplers/first-hitting';

// A program for Node with --expose-gc: prints, by case and call, how many answers of earlier calls were still held.

const [V, batch, length] = [5, 2, 3];
const masked = mdlm({ vocabSize: V, maskId: V - 1 });
const cases = {
  'ancestral-cached in one step': [ancestralCached(), masked, 1],
  'ancestral-cached': [ancestralCached(), masked, 2],
  'first-hitting': [firstHitting(), masked, 1],
  'ancestral of a uniform process': [ancestral(), duo({ vocabSize: V }), 2],
} as const;

/** A network that remembers its answers weakly, and how many of them were still held when it was asked. */
function network() {
  const answers: WeakRef<Float32Array>[] = [];
  const held: number[] = [];
  const denoise: Denoise = async ({ positions }: DenoiseRequest) => {
    // References are weak only after the turn of the event loop in which they were made.
    await pause();
    gc!();
    held.push(answers.filter((answer) => answer.deref() !== undefined).length);
    const logits = new Float32Array(positions.length * V);
    answers.push(new WeakRef(logits));
    return logits;
  };
  return { denoise, held };
}

const found: Record<string, readonly number[]> = {};
for (const [name, [sampler, family, steps]] of Object.entries(cases)) {
  const { denoise, held } = network();
  const environment = { denoise, family, timeConditioned: false, random: randomStream(1), maxLogits: length * V };
  await sampleAll({ sampler, environment, batch, length, grid: timeGrid(steps) });
  found[name] = held;
}
console.log(JSON.stringify(found));
