import type { Communicator } from '@idlm/core-diffusion/ranks';
import { joinedNumbers } from '@idlm/denoiser/requests';
import { type Judge, selectRows } from '@idlm/evaluation';
import { madeByRanks } from '../sampling/made-by-ranks';

/** Numbers behind one another; what is none is given back, for whoever reads them to refuse. */
const joined = (parts: readonly Float64Array[]): Float64Array =>
  parts.find((part) => !ArrayBuffer.isView(part)) ?? joinedNumbers(parts, Float64Array);

/**
 * A judge of which each rank judges some rows, and all have what it says of all of them. It judges each row by itself, so that this is what
 * it says of them together, but for how its numbers are rounded. Whoever opened the judge frees it.
 */
export function judgedByRanks(judge: Judge, ranks: Communicator): Judge {
  if (ranks.size === 1) return judge;
  const { name, note, weights } = judge;
  const known = { name, note, weights };
  if ('score' in judge) {
    const score = async (samples: Parameters<typeof judge.score>[0]) =>
      madeByRanks(ranks, samples.batch, async ({ first, end }) => [
        await judge.score(
          selectRows(
            samples,
            Array.from({ length: end - first }, (_, i) => first + i),
          ),
        ),
      ]);
    return { ...known, score: async (samples) => joined(await score(samples)) };
  }
  const { features } = judge;
  return {
    ...known,
    weigh: async (texts, prompts) => [
      ...(await madeByRanks(ranks, texts.length, ({ first, end }) =>
        judge.weigh(texts.slice(first, end), prompts?.slice(first, end)),
      )),
    ],
    ...(features && {
      features: async (texts: readonly string[]) => [
        ...(await madeByRanks(ranks, texts.length, ({ first, end }) => features.call(judge, texts.slice(first, end)))),
      ],
    }),
  };
}
