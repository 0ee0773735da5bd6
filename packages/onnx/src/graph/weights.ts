import { type DitConfig, parameterShapes } from '@idlm/denoiser';
import type { LinearLayer } from './linear';

/** The weights of a network by their names. */
export interface NetworkWeights {
  /** The numbers of a tensor, read when they are wanted: large networks are never in memory as a whole. */
  readonly read: (name: string) => Float32Array | Promise<Float32Array>;
  /** A linear layer by the names of its weights; `bias` where it has one. */
  layer(name: string): LinearLayer;
}

/** @param read the numbers of a tensor, [out, in] */
export function networkWeights(config: DitConfig, read: NetworkWeights['read']): NetworkWeights {
  const shapes = parameterShapes(config);
  return {
    read,
    layer(name) {
      const [outputs, inputs] = shapes[`${name}.weight`] as [number, number];
      const hasBias = `${name}.bias` in shapes;
      return {
        ...{ outputs, inputs },
        weights: async () => read(`${name}.weight`),
        ...(hasBias ? { bias: async () => read(`${name}.bias`) } : {}),
      };
    },
  };
}
