import { reportedRunOf } from '../../../test/reported-run';
import { lossName, lossRows, lossSummaries } from './losses-table';

const summaryOf = (...losses: number[]) =>
  lossSummaries([
    reportedRunOf('a', { losses: { 'teacher/loss': losses.map((loss, i) => [10 * (i + 1), loss]) } }),
  ])[0]!;

it('tells the last update, the mean of the last tenth, and the lowest with its update', () => {
  const losses = Array.from({ length: 20 }, (_, i) => (i === 4 ? 0.5 : 3 - i / 10));
  const { last, ...others } = summaryOf(...losses);
  expect(others).toEqual({ run: 'a', loss: 'teacher', updates: 200, lowest: 0.5, lowestAt: 50 });
  expect(last).toBeCloseTo((1.2 + 1.1) / 2, 12);
});

it('takes a part of a tenth for a whole, and the first of lowest ones that are equal', () => {
  expect(summaryOf(...Array.from({ length: 11 }, (_, i) => i)).last).toBe(9.5);
  expect(summaryOf(3)).toMatchObject({ updates: 10, last: 3, lowest: 3, lowestAt: 10 });
  expect(summaryOf(2, 1, 1).lowestAt).toBe(20);
});

it('of a loss that came out as no number tells the lowest of those that did', () => {
  expect(summaryOf(NaN, 2, 1, NaN)).toMatchObject({ lowest: 1, lowestAt: 30, last: NaN });
  const none = summaryOf(NaN, NaN);
  expect(lossRows([none])[1]!.slice(0, 5)).toEqual(['a', 'teacher', '20', '–', '–']);
});

it('leaves out a loss without numbers, and tells every loss of every run in their order', () => {
  const runs = [
    reportedRunOf('a', { losses: { 'teacher/loss': [[1, 2]], 'teacher/held-out/loss': [[1, 3]], 'empty/loss': [] } }),
    reportedRunOf('none'),
    reportedRunOf('b', { losses: { 'student/loss': [[4, 12.345]] } }),
  ];
  expect(lossRows(lossSummaries(runs))).toEqual([
    ['run', 'loss', 'updates', 'last tenth', 'lowest', 'at update'],
    ['a', 'teacher', '1', '2.00', '2.00', '1'],
    ['a', 'teacher held-out', '1', '3.00', '3.00', '1'],
    ['b', 'student', '4', '12.3', '12.3', '4'],
  ]);
});

it.each([
  ['teacher/loss', 'teacher'],
  ['teacher/held-out/loss', 'teacher held-out'],
  ['loss/part', 'loss part'],
])('%s is called %s', (name, called) => expect(lossName(name)).toBe(called));
