import type { NetworkDescription, NoiseSchedule, Parameters } from '@idlm/core-diffusion';
import type { HostDenoiser } from '@idlm/denoiser';
import { type HostRequest, joinedNumbers, splitRequest } from '@idlm/denoiser/requests';
import { shareNetwork } from './messages';
import { type NetworkThread, networkThread } from './network-thread';

/** A network to sample. */
export interface SampledNetwork {
  readonly network: NetworkDescription;
  readonly parameters: Parameters;
  readonly schedule: NoiseSchedule;
}

/** Threads that compute networks. */
export interface WorkerPool {
  /** The network as it is now, as a function of host arrays; all threads answer. */
  denoiser(network: SampledNetwork): HostDenoiser;
  /** Whether threads know networks of a type: those of this project, and those that an imported module has registered. */
  knows(type: string): Promise<boolean>;
  /** Ends the threads; calls under way fail. */
  dispose(): void;
}

/** Sizes of a pool. */
export interface PoolOptions {
  /** Most threads; they start when they are needed. */
  readonly threads: number;
  /** Most rows of one request; a larger one is cut evenly, and several threads answer. */
  readonly maxRows: number;
}

/** Rows of the parts that a request of so many is cut into, evenly, at most `maxRows` each. */
export function partSizes(rows: number, maxRows: number): number[] {
  const parts = Math.max(1, Math.ceil(rows / maxRows));
  return Array.from(
    { length: parts },
    (_, part) => Math.floor(((part + 1) * rows) / parts) - Math.floor((part * rows) / parts),
  );
}

/** A request with σ in the place of times. */
const atNoise = (request: HostRequest, schedule: NoiseSchedule): HostRequest => ({
  ...request,
  t: schedule.sigma(request.t),
  times: request.times?.map((t) => schedule.sigma(t)),
});

/** Up to so many threads, each of which is used by one caller at a time, the first that asks. */
function threadPool(most: number) {
  const [threads, free, waiting] = [[], [], []] as [NetworkThread[], NetworkThread[], ((t: NetworkThread) => void)[]];
  const start = (): NetworkThread => {
    const thread = networkThread();
    threads.push(thread);
    return thread;
  };
  const acquire = async (): Promise<NetworkThread> =>
    free.pop() ?? (threads.length < most ? start() : new Promise((resolve) => waiting.push(resolve)));
  return {
    async withThread<Result>(use: (thread: NetworkThread) => Promise<Result>): Promise<Result> {
      const thread = await acquire();
      try {
        return await use(thread);
      } finally {
        const next = waiting.shift();
        if (next) next(thread);
        else free.push(thread);
      }
    },
    end: () => threads.forEach((thread) => thread.end()),
  };
}

/** A pool of threads with a WASM engine and a copy of the weights each. Random numbers stay with the caller, so what is drawn is the same. */
export function workerPool({ threads, maxRows }: PoolOptions): WorkerPool {
  const { withThread, end } = threadPool(threads);
  let networks = 0;
  return {
    denoiser({ network, parameters, schedule }) {
      const shared = shareNetwork(networks++, network, parameters);
      const denoise = async (request: HostRequest): Promise<Float32Array> => {
        const parts = splitRequest(atNoise(request, schedule), (rows) => partSizes(rows, maxRows));
        const answers = parts.map((part) => withThread((thread) => thread.denoise(shared, part)));
        return joinedNumbers(await Promise.all(answers), Float32Array);
      };
      return { denoise, dispose() {}, atOnce: threads, timesPerRow: true };
    },
    knows: (type) => withThread((thread) => thread.knows(type)),
    dispose: end,
  };
}
