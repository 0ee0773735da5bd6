import { availableParallelism } from 'node:os';
import { featuresIn, quotaIn, thisProcessor, threadsPerCore } from './processor';

const entry = (id: number, socket: number, core: number, flags = '') =>
  `processor\t: ${id}\nphysical id\t: ${socket}\ncore id\t\t: ${core}\nflags\t\t: ${flags}\n`;

describe('threadsPerCore', () => {
  it.each([
    ['no hyperthreads', [entry(0, 0, 0), entry(1, 0, 1)], 1],
    ['two threads a core', [entry(0, 0, 0), entry(1, 0, 0), entry(2, 0, 1), entry(3, 0, 1)], 2],
    ['two sockets whose cores have the same numbers', [entry(0, 0, 0), entry(1, 1, 0)], 1],
    ['ARM, which says nothing', ['processor\t: 0\nFeatures\t: fp asimd bf16\n'], 1],
    ['a system without the file', [''], 1],
  ])('%s', (_, entries, expected) => expect(threadsPerCore(entries.join('\n'))).toBe(expected));
});

describe('featuresIn', () => {
  it.each([
    [
      entry(0, 0, 0, 'fpu avx2 fma avx512f avx512_bf16 amx_bf16'),
      ['avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_bf16'],
    ],
    [entry(0, 0, 0, 'fpu sse2 xavx2'), []],
    ['Features\t: fp asimd bf16', ['bf16']],
    ['', []],
  ])('%j', (cpuinfo, expected) => expect(featuresIn(cpuinfo)).toEqual(expected));
});

it.each([
  ['max 100000\n', Infinity],
  ['200000 100000', 2],
  ['150000 100000', 2],
  ['50000 100000', 1],
  ['', Infinity],
])('the limit %j of a container lets %d processors be used', (text, expected) => expect(quotaIn(text)).toBe(expected));

it('this processor has between one core and all that the process may use', () => {
  const { cores, model } = thisProcessor();
  expect(cores).toBeGreaterThanOrEqual(1);
  expect(cores).toBeLessThanOrEqual(availableParallelism());
  expect(model).not.toBe('');
});
