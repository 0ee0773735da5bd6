import type { SamplerEnvironment, SamplerState } from './sampler';

/** Flat positions that a step may change: masked ones of an absorbing process, all of a uniform one; never clamped ones. */
export function openPositions({ tokens }: SamplerState, { family, clamp }: SamplerEnvironment): Int32Array {
  const { kind, maskId } = family.process;
  const open: number[] = [];
  tokens.forEach((token, i) => {
    if ((clamp?.[i] ?? -1) < 0 && (kind === 'uniform' || token === maskId)) open.push(i);
  });
  return Int32Array.from(open);
}

/** The stream of each row for one step: a function of the row's number and the step's time alone. */
export function rowStreams({ batch, firstRow }: SamplerState, { random }: SamplerEnvironment, label: string | number) {
  return Array.from({ length: batch }, (_, row) => random.split(firstRow + row).split(label));
}
