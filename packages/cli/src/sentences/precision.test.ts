import { describePrecision } from './precision';

const ADVICE = '; this processor has amx_bf16: engine.precision=bfloat16 is faster (docs/engine.md)';

it.each([
  ['native', 'float32', ['CPU'], ['avx512f', 'amx_bf16'], ADVICE],
  ['native', 'float32', ['CPU'], ['avx512f', 'avx512_bf16'], ''],
  ['native', 'bfloat16', ['CPU'], ['amx_bf16'], ''],
  ['native', 'float32', ['CPU', 'GPU:0'], ['amx_bf16'], ''],
  ['wasm', 'float32', ['CPU'], ['amx_bf16'], ''],
] as const)(
  'advises bfloat16 where it is faster: %s in %s on %j with %j',
  (name, precision, devices, features, advice) =>
    expect(describePrecision({ name, precision, devices, processor: { features } })).toBe(
      `${precision} in products of matrices${advice}`,
    ),
);
