import type koffi from 'koffi';

/**
 * The variables by which TensorFlow uses the system's allocator: oneDNN's own pool for tensors from 256 KiB on grows by doubling and
 * gives nothing back.
 * Source: TensorFlow 2.19, `core/common_runtime/mkl_cpu_allocator.h`.
 */
export const SYSTEM_ALLOCATOR = { TF_ONEDNN_USE_SYSTEM_ALLOCATOR: '1' };

/** `M_MMAP_THRESHOLD` of glibc's malloc.h. */
const MMAP_THRESHOLD = -3;

/** Bytes from which on freed memory goes back at once: 2 MiB, below the weights of a large network's layers and what they compute. */
const RETURNED_FROM = 2 ** 21;

/**
 * Tells glibc to map each large block by itself, so that it goes back to the system when it is freed. Left alone it raises that size
 * to 32 MiB, and keeps smaller blocks in one heap for each of some threads, where what lies between those in use stays the process's.
 * Other systems' allocators are left as they are.
 */
export function returnLargeBlocks(libc: ReturnType<typeof koffi.load>): void {
  if (process.platform !== 'linux') return;
  try {
    libc.func('mallopt', 'int', ['int', 'int'])(MMAP_THRESHOLD, RETURNED_FROM);
  } catch {
    // Musl has no such function, and returns what is free.
    return;
  }
}
