import { lineOf, reportedRunOf } from '../../../test/reported-run';
import { renderRuns } from './page';
import { tableOf } from './runs-table';

const curve = (name: string) => ({ name, kind: name, lines: [lineOf(name, 2), lineOf(name, 4)] });
const pageOf = (...runs: Parameters<typeof tableOf>[0]) => renderRuns(tableOf(runs));
const headingsOf = (html: string) => [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
/** Real text that differs by its perplexity. */
const real = (value: number) => ({
  ...lineOf('held-out text', 1, { perplexity: { judge: { value } } }),
  steps: undefined,
});

it('escapes every name, path, note, setting and title that a run brings', () => {
  const tag = '<i x="y">&';
  const run = reportedRunOf(tag, {
    ...{ path: `runs/${tag}`, about: `about ${tag}`, notes: [`note ${tag}`], settings: { [tag]: tag } },
    ...{ lines: [lineOf(tag, 4)], curves: [curve(tag)], losses: { [`${tag}/loss`]: [[1, 2]] } },
    films: [{ title: tag, frames: [], order: { steps: 2, written: [[1, 2]] } }],
  });
  const html = pageOf(run, reportedRunOf('b'));
  expect(html).not.toContain('<i x');
  expect(html).not.toMatch(/="[^"]*<i/);
  expect(html.match(/&lt;i x=/g)!.length).toBeGreaterThan(15);
  for (const words of ['about', 'note', 'in runs/']) expect(html).toMatch(new RegExp(`${words} ?&lt;i x=`));
  expect(html).toContain('<title>&lt;i x=&quot;y&quot;&gt;&amp;, b</title>');
});

it('leaves out the sections of which nothing is known, and says that no settings differ', () => {
  const html = pageOf(reportedRunOf('a'), reportedRunOf('b'));
  expect(headingsOf(html)).toEqual(['Settings that differ', 'Runs', 'How to reproduce this']);
  expect(html).toContain('None that the records tell of.');
  const differing = pageOf(
    reportedRunOf('a', { settings: { seed: 1 } }),
    reportedRunOf('b', { settings: { seed: 2 } }),
  );
  expect(differing).not.toContain('None that the records tell of.');
  expect(differing).toContain('<tr><td>seed</td><td>1</td><td>2</td></tr>');
});

it('has all settings of each run, by its name', () => {
  const html = pageOf(reportedRunOf('a', { settings: { seed: 1 } }), reportedRunOf('b', { settings: { list: [2] } }));
  const [, text] = /<pre>([^]*?)<\/pre>/.exec(html)!;
  expect(JSON.parse(text!.replaceAll('&quot;', '"'))).toEqual({ a: { seed: 1 }, b: { list: [2] } });
});

describe('real text of several runs', () => {
  const page = (...heights: number[]) =>
    pageOf(
      ...heights.map((value, i) =>
        reportedRunOf(`r${i}`, { curves: [curve('m')], lines: [lineOf('m', 2)], real: [real(value)] }),
      ),
    );
  const levelsOf = (html: string) =>
    new Set([...html.matchAll(/<title>(held-out text[^<]*)<\/title>/g)].map(([, name]) => name));

  it('is one line across where it is the same', () =>
    expect(levelsOf(page(15, 15))).toEqual(new Set(['held-out text 15.0'])));

  it('is told by its run where it is not', () =>
    expect(levelsOf(page(15, 16))).toEqual(new Set(['held-out text of r0 15.0', 'held-out text of r1 16.0'])));

  it('is set apart among all numbers, without steps', () => {
    const html = page(15);
    expect(html.match(/<tr class="real">/g)).toHaveLength(1);
    expect(html).toMatch(/<tr class="real"><td>r0<\/td><td>held-out text<\/td><td><\/td>/);
  });
});

it('has a plot for each loss, in it a line in the colour of each run that logged it', () => {
  const losses = (...names: string[]) => Object.fromEntries(names.map((name) => [name, [[1, 3], [2, 2]]])); // prettier-ignore
  const runs = [
    reportedRunOf('a', { losses: losses('teacher/loss') as never }),
    reportedRunOf('none'),
    reportedRunOf('c', { losses: losses('teacher/loss', 'student/loss') as never }),
  ];
  const html = pageOf(...runs);
  const figures = [...html.matchAll(/<figcaption>(.*?)<\/figcaption>(.*?)<\/figure>/gs)].map(([, title, svg]) => [
    title,
    [...svg!.matchAll(/<g class="(arm\d)">/g)].map(([, kind]) => kind),
  ]);
  expect(figures).toEqual([
    ['teacher loss', ['arm0', 'arm2']],
    ['student loss', ['arm2']],
  ]);
  const [, legend] = /<ul class="legend">(.*?)<\/ul>/s.exec(html)!;
  expect([...legend!.matchAll(/<\/svg>(.*?)<\/li>/g)].map(([, name]) => name)).toEqual(['a', 'c']);
});
