import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import type { Json } from '@idlm/core-diffusion';
import { requireSameOnRanks } from './same-on-ranks';

/** What each of several ranks is told, which were asked for so much. */
async function told(...facts: Readonly<Record<string, Json>>[]): Promise<(string | undefined)[]> {
  const ends = await Promise.allSettled(
    ranksInMemory(facts.length).map((ranks, i) => requireSameOnRanks(ranks, facts[i]!)),
  );
  return ends.map((end) => (end.status === 'rejected' ? (end.reason as Error).message : undefined));
}

const facts = { seed: 1, teacher: { batch: 48, updates: 40 }, engine: { name: 'auto', threads: 2 } };

it('lets ranks go on that were asked for the same, whatever their cores and places', async () => {
  const elsewhere = { ...facts, engine: { name: 'auto', threads: 8 }, data: { corpus: 'b.txt' } };
  expect(await told({ ...facts, data: { corpus: 'a.txt' } }, elsewhere)).toEqual([undefined, undefined]);
});

it('refuses on all ranks where one differs, naming it, the setting and both values', async () => {
  const sentence =
    'Rank 2 has teacher.batch 8, and rank 0 has 48: ranks do one thing together; start all of them with the same command, files and versions.';
  const other = { ...facts, teacher: { batch: 8, updates: 40 } };
  expect(await told(facts, facts, other)).toEqual([sentence, sentence, sentence]);
});

it('refuses a setting or a hash that one alone has', async () => {
  const [first] = await told(facts, { ...facts, hashes: { teacher: 'ab' } });
  expect(first).toContain('Rank 1 has hashes {"teacher":"ab"}, and rank 0 has none');
});
