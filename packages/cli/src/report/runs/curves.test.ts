import { lineOf, reportedRunOf } from '../../../test/reported-run';
import { STYLE } from '../style';
import { curvesOfRuns, legend } from './curves';

const curves = (...names: string[]) => names.map((name) => ({ name, kind: name, lines: [lineOf(name, 4)] }));

it('has a colour for each run and a dash for each model, the same in all runs', () => {
  const runs = [
    reportedRunOf('a', { curves: curves('teacher', 'student') }),
    reportedRunOf('b', { curves: curves('student') }),
  ];
  expect(curvesOfRuns(runs).map(({ name, kind, lines }) => [name, kind, lines[0]!.model])).toEqual([
    ['a: teacher', 'arm0 dash0', 'teacher'],
    ['a: student', 'arm0 dash1', 'student'],
    ['b: student', 'arm1 dash1', 'student'],
  ]);
});

it('begins again with colours and dashes where there are more than the style has', () => {
  const many = Array.from({ length: 7 }, (_, i) => reportedRunOf(`run ${i}`, { curves: curves('m') }));
  expect(curvesOfRuns(many).at(-1)!.kind).toBe('arm0 dash0');
  const models = curvesOfRuns([reportedRunOf('a', { curves: curves('1', '2', '3', '4') })]);
  expect(models.map(({ kind }) => kind)).toEqual(['arm0 dash0', 'arm0 dash1', 'arm0 dash2', 'arm0 dash0']);
  const used = [...curvesOfRuns(many), ...models].flatMap(({ kind }) => kind.split(' '));
  // The first dash is a line without any.
  for (const one of new Set(used)) if (one !== 'dash0') expect(STYLE).toContain(`.${one}`);
});

it('keeps the entropy that counts, so that repetition of every run is drawn hollow', () => {
  const [curve] = curvesOfRuns([reportedRunOf('a', { curves: [{ ...curves('m')[0]!, leastEntropy: 2.4 }] })]);
  expect(curve!.leastEntropy).toBe(2.4);
});

it('a legend names each line beside its colour and dash, safely', () => {
  const html = legend([
    { name: 'a: <b>', kind: 'arm0 dash1' },
    { name: 'b: "c"', kind: 'arm1 dash0' },
  ]);
  const items = [...html.matchAll(/<li>.*?<g class="([^"]+)">.*?<\/svg>(.*?)<\/li>/g)].map(([, kind, name]) => [
    kind,
    name,
  ]);
  expect(items).toEqual([
    ['arm0 dash1', 'a: &lt;b&gt;'],
    ['arm1 dash0', 'b: &quot;c&quot;'],
  ]);
  expect(html).toMatch(/^<ul class="legend">.*<\/ul>$/);
});
