import { ancestral } from '../samplers/ancestral';
import { samplerConformance } from './checks';
import { lawAtEnd, noisedLaw } from './exact-law';
import { type RowLaw, independently } from './row-law';
import { MASK, tinyFamily, tinyUniformFamily } from './tiny-model';

const GRID = [1, 0.7, 0.3, 0];

/** Ancestral steps of a row, as whoever writes a law of rows would tell them. */
const ancestralRows: RowLaw = {
  outcomes: ({ tokens }, network, { from, to }, { process, schedule }) =>
    independently(
      tokens.map((token, position) => {
        const law = new Float64Array(process.vocabSize);
        process.posterior(token, network(tokens, position, from), schedule.alpha(to), schedule.alpha(from), law);
        return law;
      }),
    ),
};

/** The first masked token alone, every other step: what was done before is carried. */
const everyOther: RowLaw = {
  outcomes({ tokens, carried = [0] }, network, { from }) {
    const [steps, position] = [carried[0]!, tokens.indexOf(MASK)];
    if (steps % 2 || position < 0) return [{ tokens, carried: [steps + 1], probability: 1 }];
    return independently(tokens.map((token, p) => (p === position ? network(tokens, p, from) : certain(token)))).map(
      (one) => ({ ...one, carried: [steps + 1] }),
    );
  },
};
const certain = (token: number) => [0, 1, 2].map((v) => Number(v === token));

describe('the exact law at the end of a grid', () => {
  it.each([tinyFamily(), tinyUniformFamily()])('is the same told by positions and by rows: $spec.name', (family) => {
    const law = lawAtEnd(ancestralRows, GRID, family);
    expect(law).toBeCloseToArray(lawAtEnd('ancestral', GRID, family), { atol: 1e-12 });
    expect(law.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  it('follows what rows carry', () => {
    // Two tokens in turn, each of the exact network given those before, have the law of the data.
    expect(lawAtEnd(everyOther, GRID, tinyFamily())).toBeCloseToArray(noisedLaw(tinyFamily(), 1), { atol: 1e-12 });
    const after = lawAtEnd(everyOther, GRID.slice(0, 3), tinyFamily());
    expect(after.filter((_, state) => state % 3 === MASK).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });
});

it('is what the suite compares samples with, where it is given one', async () => {
  const lawChecks = (law: RowLaw) =>
    samplerConformance(() => ({ ...ancestral(), law: undefined }), { families: [tinyFamily()], law }).filter(
      ({ name }) => name.includes('one step'),
    );
  await lawChecks(ancestralRows)[0]!.run();
  await expect(lawChecks(everyOther)[0]!.run()).rejects.toThrow('another law');
});
