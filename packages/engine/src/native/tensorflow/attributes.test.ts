import { attributeSetter, int64 } from './attributes';
import type { CApi } from './c-api';
import { TYPES } from './types';

const [OP, STATUS] = [11, 22];

/** The calls that setting one attribute makes: the function, then what it is given. */
function callsOf(prefix: 'TFE_OpSetAttr' | 'TF_SetAttr', type: number, value: unknown): unknown[][] {
  const calls: unknown[][] = [];
  const c = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...given: unknown[]) =>
          calls.push([name, ...given]),
    },
  ) as CApi;
  attributeSetter(c, prefix, STATUS)(OP, { name: 'a', type, value });
  return calls;
}

it.each([
  ['String', TYPES.TF_ATTR_STRING, 'naïve', ['naïve', 6]],
  ['String', TYPES.TF_ATTR_STRING, '', ['', 0]],
  ['Int', TYPES.TF_ATTR_INT, -3, [-3]],
  ['IntList', TYPES.TF_ATTR_INT, [1, -1, 2 ** 40], [BigInt64Array.of(1n, -1n, 2n ** 40n), 3]],
  ['IntList', TYPES.TF_ATTR_INT, [], [new BigInt64Array(0), 0]],
  ['Float', TYPES.TF_ATTR_FLOAT, 0.5, [0.5]],
  ['FloatList', TYPES.TF_ATTR_FLOAT, [0.5, 0.1], [Float32Array.of(0.5, 0.1), 2]],
  ['Bool', TYPES.TF_ATTR_BOOL, true, [1]],
  ['Bool', TYPES.TF_ATTR_BOOL, false, [0]],
  ['Type', TYPES.TF_ATTR_TYPE, TYPES.TF_BFLOAT16, [14]],
])('%s of kind %i, %j, is the same for ops and for graphs', (suffix, type, value, given) => {
  for (const prefix of ['TFE_OpSetAttr', 'TF_SetAttr'] as const)
    expect(callsOf(prefix, type, value)).toEqual([[`${prefix}${suffix}`, OP, 'a', ...given]]);
});

it('a shape is reported on for ops alone, as the C API has it', () => {
  const shape = [BigInt64Array.of(2n, 3n), 2];
  expect(callsOf('TFE_OpSetAttr', TYPES.TF_ATTR_SHAPE, [2, 3])).toEqual([
    ['TFE_OpSetAttrShape', OP, 'a', ...shape, STATUS],
  ]);
  expect(callsOf('TF_SetAttr', TYPES.TF_ATTR_SHAPE, [2, 3])).toEqual([['TF_SetAttrShape', OP, 'a', ...shape]]);
});

it('refuses a kind that is none, and calls nothing', () => {
  expect(() => callsOf('TF_SetAttr', 99, 1)).toThrow('attribute a has the unknown type 99');
});

it('refuses numbers that are not whole instead of rounding them', () => {
  expect(() => int64([1, 2.5])).toThrow(RangeError);
  expect([...int64([0, -1])]).toEqual([0n, -1n]);
});
