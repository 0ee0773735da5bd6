import type { SamplingFamily } from '@idlm/core-diffusion/sampling';
import type { SamplerEnvironment, SamplerState } from './sampler';

/**
 * Positions that a step may change: those whose tokens the process leaves open, but for clamped ones.
 * @param clamp of the same size as `tokens`
 */
export function openAmong(tokens: Int32Array, { process }: SamplingFamily, clamp?: Int32Array): number[] {
  const open: number[] = [];
  for (let i = 0; i < tokens.length; i++) if ((clamp?.[i] ?? -1) < 0 && process.isOpen(tokens[i]!)) open.push(i);
  return open;
}

/** Flat positions of a batch that a step may change. */
export const openPositions = ({ tokens }: SamplerState, { family, clamp }: SamplerEnvironment): Int32Array =>
  Int32Array.from(openAmong(tokens, family, clamp));

/** The stream of each row for one step: a function of the row's number and the step's time alone. */
export function rowStreams({ batch, firstRow }: SamplerState, { random }: SamplerEnvironment, label: string | number) {
  return Array.from({ length: batch }, (_, row) => random.split(firstRow + row).split(label));
}
