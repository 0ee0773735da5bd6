import type { EngineDescription } from '@idlm/engine';

/**
 * What is said of the precision of an engine's products of matrices: also that another would be faster, where the native engine computes
 * in float32 on a processor that has units for bfloat16.
 */
export function describePrecision({
  name,
  precision,
  devices,
  processor: { features },
}: Pick<EngineDescription, 'name' | 'precision' | 'devices'> & {
  readonly processor: Pick<EngineDescription['processor'], 'features'>;
}): string {
  const isSlower = name === 'native' && precision === 'float32' && devices.every((device) => device === 'CPU');
  const advice =
    isSlower && features.includes('amx_bf16')
      ? '; this processor has amx_bf16: engine.precision=bfloat16 is faster (docs/engine.md)'
      : '';
  return `${precision} in products of matrices${advice}`;
}
