import { PRESETS, type PresetName } from '@idlm/denoiser';
import { z } from 'zod';
import { spec, whole } from './values';

const size = (what: string) => whole().nullable().default(null).describe(`${what}; null: the preset's.`);

/** The network: a preset, any of its sizes replaced. */
export const model = z.strictObject({
  network: spec()
    .prefault('dit')
    .describe(
      'dit, the diffusion transformer of the sizes below, or a network that an import registers, which takes its own sizes as options.',
    ),
  preset: z
    .enum(Object.keys(PRESETS) as [PresetName, ...PresetName[]])
    .default('tiny')
    .describe('small and medium are the sizes of the published models.'),
  hidden: size('Width, a multiple of twice the heads'),
  blocks: size('Transformer blocks'),
  heads: size('Attention heads'),
  cond: size('Width of the conditioning on the noise level'),
  timeConditioning: z
    .boolean()
    .nullable()
    .default(null)
    .describe(
      'false: the network does not see the noise level, and samplers skip calls in which nothing changed. null: true for uniform processes, which need it.',
    ),
});
