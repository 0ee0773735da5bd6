import { type Communicator, anyRank } from '@idlm/core-diffusion/ranks';
import type { Nccl, NcclFiles } from './functions';

async function loaded(files: NcclFiles | undefined): Promise<Nccl | undefined> {
  try {
    return (await import('./functions')).loadNccl(files);
  } catch {
    return undefined;
  }
}

/**
 * Ranks that also add numbers in the memory of their GPUs, by NCCL, where every rank can load it; else the ranks as they are. Each rank
 * is to see one GPU of its own (`CUDA_VISIBLE_DEVICES`, `srun --gpus-per-task=1`). Called by all ranks.
 * @param files default: NCCL 2 and CUDA's runtime as the system's loader finds them, or as TensorFlow has loaded them
 * @throws Error in NCCL's words where ranks cannot join one another
 */
export async function ranksOnGpus(ranks: Communicator, files?: NcclFiles): Promise<Communicator> {
  const { rank, size } = ranks;
  if (size === 1) return ranks;
  const nccl = await loaded(files);
  if ((await anyRank(ranks, nccl === undefined)) || !nccl) return ranks;
  const id = await ranks.broadcast(rank === 0 ? nccl.newId() : new Uint8Array(0));
  const communicator = await nccl.join(id, size, rank);
  return {
    ...ranks,
    async sumOnDevice(numbers) {
      nccl.sum(communicator, numbers);
      await nccl.finished();
    },
  };
}
