import { colours } from '../terminal';
import type { Finding } from './finding';
import { linesOf, told } from './report';

describe('findings as lines', () => {
  const all: Finding[] = [
    { what: 'Node', state: 'ok', found: 'new' },
    { what: 'ONNX Runtime', state: 'absent', found: 'gone', advice: 'get it' },
    { what: 'memory', state: 'warning', found: 'little' },
    { what: 'engine', state: 'error', found: 'broken' },
  ];

  it('stand below one another, with what to do where something is to be done', () => {
    expect(linesOf(told([all]), colours(false)).split('\n')).toEqual([
      'ok       Node          new',
      'absent   ONNX Runtime  gone; get it',
      'warning  memory        little',
      'error    engine        broken',
    ]);
  });

  it('have a colour for each state', () => {
    const { green, dim, yellow, red, bold } = colours(true);
    const states = [green('ok     '), dim('absent '), yellow('warning'), red('error  ')];
    linesOf(told([all]), colours(true))
      .split('\n')
      .forEach((line, i) => expect(line.startsWith(`${states[i]}  ${bold(all[i]!.what.padEnd(12))}  `)).toBe(true));
  });

  it('name the rank that alone has something, and none where all have it', () => {
    const broken: Finding[] = [{ what: 'engine', state: 'error', found: 'broken' }];
    const right: Finding[] = [{ what: 'engine', state: 'ok', found: 'fast' }];
    expect(told([broken, broken, broken]).map(({ rank, state }) => [rank, state])).toEqual([[0, 'error']]);
    expect(told([broken, right]).map(({ rank }) => rank)).toEqual([0]);
    expect(told([right, right, broken]).map(({ rank, state }) => [rank, state])).toEqual([
      [0, 'ok'],
      [2, 'error'],
    ]);
    expect(told([])).toEqual([]);
  });
});

it('of several ranks that are alike one is told, and what is not right elsewhere', () => {
  const ok = (what: string): Finding => ({ what, state: 'ok', found: 'there' });
  const absent: Finding = { what: 'engine', state: 'absent', found: 'gone', advice: 'install it' };
  const all = [
    [ok('engine'), { ...absent, what: 'MPI' }],
    [absent, { ...absent, what: 'MPI' }],
    [ok('engine'), { ...absent, what: 'MPI', state: 'error' as const }],
  ];
  expect(linesOf(told(all), colours(false)).split('\n')).toEqual([
    'ok       engine  there',
    'absent   MPI     gone; install it',
    'absent   engine  rank 1: gone; install it',
    'error    MPI     rank 2: gone; install it',
  ]);
});
