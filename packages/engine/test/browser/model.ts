import { randomStream } from '@idlm/core-diffusion/sampling';
import { type DitConfig, fromFloat32, parameterShapes, writeSafetensors } from '@idlm/denoiser';

/** A network as small as can be, for a vocabulary of 12 tokens of which the last is the mask. */
export const CONFIG: DitConfig = {
  hidden: 16,
  blocks: 2,
  heads: 2,
  cond: 8,
  vocabSize: 12,
  length: 16,
  timeConditioned: true,
};

/** Its weights as a safetensors file; a head of zeros, as new networks have it, would make every text equally likely. */
export function modelBytes(): Uint8Array {
  const random = randomStream(1);
  const entries = Object.entries(parameterShapes(CONFIG)).map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [
      name,
      fromFloat32(
        Float32Array.from(random.normals(size), (x) => x / 2),
        shape,
      ),
    ] as const;
  });
  return writeSafetensors({ tensors: Object.fromEntries(entries), metadata: {} });
}
