import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion/sampling';
import { dit, hostDenoiser, parametersFrom, readSafetensors } from '@idlm/denoiser';
import { openWasm } from '@idlm/engine/wasm';
import { ancestralCached, sampleAll } from '@idlm/samplers';
import { CONFIG } from './model';

/** Opens WASM, reads a model and writes three texts with it: what a page does, and Node for comparison. */
export async function writeText(bytes: Uint8Array, wasmPaths?: string): Promise<number[]> {
  const engine = await openWasm({ wasmPaths });
  const family = mdlm({ vocabSize: CONFIG.vocabSize, maskId: CONFIG.vocabSize - 1 });
  const denoiser = dit(CONFIG);
  const denoise = hostDenoiser({
    denoiser,
    parameters: parametersFrom(readSafetensors(bytes), denoiser.describe(), 'The model'),
    schedule: family.schedule,
    compile: engine.compile,
  });
  const { tokens } = await sampleAll({
    sampler: ancestralCached(),
    environment: { denoise, family, timeConditioned: CONFIG.timeConditioned, random: randomStream(2) },
    batch: 3,
    length: CONFIG.length,
    grid: timeGrid(8),
  });
  return Array.from(tokens);
}
