import { categorical, mdlm, randomStream, sedd, timeGrid, udlm } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { sampleAutoregressive } from './autoregressive';
import { groupsOf } from './groups';
import { finished } from './parts';
import { sampleAll } from './sample';
import type { Denoise, DenoiseRequest } from './sampler';
import { analytic } from './samplers/analytic';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';
import { euler } from './samplers/euler';
import { firstHitting } from './samplers/first-hitting';

const [V, batch, length] = [7, 6, 8];

/** A network whose logits depend on the token on the left and may on the time, and the positions of its calls. */
function network(timed = false) {
  const asked: number[] = [];
  const denoise: Denoise = async ({ tokens, positions, t }: DenoiseRequest) => {
    asked.push(positions.length);
    return Float64Array.from({ length: positions.length * V }, (_, i) => {
      const position = positions[Math.floor(i / V)]!;
      const [place, left] = [position % length, position % length ? tokens[position - 1]! : 0];
      return 3 * Math.sin(3 * left + (i % V) ** 2 + place + (timed ? t : 0));
    });
  };
  return { denoise, asked };
}

const masked = mdlm({ vocabSize: V, maskId: V - 1 });
const uniform = udlm({ vocabSize: V });
const score = sedd({ vocabSize: V, maskId: V - 1 });

describe.each([
  ['ancestral', ancestral(), masked],
  ['ancestral of a uniform process', ancestral(), uniform],
  ['ancestral-cached', ancestralCached(), masked],
  ['first-hitting', firstHitting(), masked],
  ['euler', euler(), masked],
  ['euler of scores', euler(), score],
  ['analytic of scores', analytic(), score],
])('%s', (_, sampler, family) => {
  it.each([false, true])('draws the same tokens when logits come in parts (time-conditioned: %p)', async (timed) => {
    const draw = async (maxLogits?: number) => {
      const { denoise, asked } = network(timed);
      const environment = { denoise, family, timeConditioned: timed, random: randomStream(3), categorical, maxLogits };
      const grid = family === uniform ? [0.9, 0.5, 0.1] : timeGrid(4);
      return { drawn: await sampleAll({ sampler, environment, batch, length, grid }), most: Math.max(...asked) };
    };
    const [whole, parts] = [await draw(), await draw(2 * length * V)];
    expect(parts.drawn).toEqual(whole.drawn);
    expect(parts.most).toBeLessThanOrEqual(2 * length);
    expect((await draw(1)).drawn).toEqual(whole.drawn);
    if (sampler.spec.name === 'ancestral') expect(whole.most).toBe(batch * length);
  });
});

it('writes the same rows from left to right when logits come in parts', async () => {
  const write = async (maxLogits?: number) => {
    const { denoise, asked } = network();
    const environment = { denoise, first: new Float64Array(V).fill(1), random: randomStream(4), maxLogits };
    return { written: await finished(sampleAutoregressive({ environment, batch, length })), most: Math.max(...asked) };
  };
  const [whole, parts] = [await write(), await write(2 * V)];
  expect(parts.written).toEqual(whole.written);
  expect([whole.most, parts.most]).toEqual([batch, 2]);
});

it('groupsOf takes neighbours together as far as they fit, and each of them once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 })), fc.integer({ min: 1, max: 20 }), (sizes, most) => {
      const groups = groupsOf(sizes, most);
      const sum = ([from, to]: readonly [number, number]) => sizes.slice(from, to).reduce((a, b) => a + b, 0);
      expect(groups.flatMap(([from, to]) => sizes.slice(from, to))).toEqual(sizes);
      for (const [i, group] of groups.entries()) {
        expect(sum(group) <= most || group[1] - group[0] === 1).toBe(true);
        const next = groups[i + 1];
        if (next) expect(sum(group) + sizes[next[0]]!).toBeGreaterThan(most);
      }
    }),
  );
});
