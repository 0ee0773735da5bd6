import type { Precision } from '../engine';
import { askedPrecision, precisionVariables, requireSamePrecision, settledPrecision } from './precision';

const cpu = { gpu: false, features: ['avx512f', 'avx512_bf16'] };
const amx = { gpu: false, features: ['avx512f', 'amx_bf16'] };
const gpu = { gpu: true, features: [] };

describe('settledPrecision', () => {
  it.each([
    [undefined, cpu, 'float32'],
    [undefined, gpu, 'tf32'],
    ['float32', gpu, 'float32'],
    ['bfloat16', amx, 'bfloat16'],
    ['bfloat16', gpu, 'bfloat16'],
  ] as const)('%s on %j is %s', (asked, where, expected) => expect(settledPrecision(asked, where)).toBe(expected));

  it.each([
    ['bfloat16', cpu, 'needs a GPU or a processor with amx_bf16, and this one has avx512f, avx512_bf16'],
    ['bfloat16', { gpu: false, features: [] }, 'this one has none of the features'],
    ['tf32', amx, 'is one of GPUs'],
  ] as const)('refuses %s on %j', (asked, where, message) => {
    expect(() => settledPrecision(asked, where)).toThrow(message);
  });
});

it.each([
  [undefined, undefined, undefined],
  [undefined, 'BF16', 'bfloat16'],
  ['float32', 'BF16', 'float32'],
] as [Precision | undefined, string | undefined, string | undefined][])(
  'the option %s over the variable %s asks for %s',
  (option, variable, expected) =>
    expect(askedPrecision(option, { TF_SET_ONEDNN_FPMATH_MODE: variable })).toBe(expected),
);

it('asks oneDNN and CUDA for a precision by their variables', () => {
  expect(precisionVariables(undefined)).toEqual({});
  expect(precisionVariables('bfloat16')).toEqual({ TF_SET_ONEDNN_FPMATH_MODE: 'BF16' });
  expect(precisionVariables('tf32')).toEqual({ TF_SET_ONEDNN_FPMATH_MODE: 'STRICT' });
  expect(precisionVariables('float32')).toMatchObject({ NVIDIA_TF32_OVERRIDE: '0' });
});

it('refuses another precision than the open one', () => {
  requireSamePrecision(undefined, 'bfloat16');
  requireSamePrecision('float32', 'float32');
  expect(() => requireSamePrecision('bfloat16', 'float32')).toThrow('open with the precision float32, and bfloat16');
});
