import { type HostDenoiser, denoisers, hostDenoiser, isDit, textLength } from '@idlm/denoiser';
import { rowsPerCall } from '@idlm/denoiser/requests';
import { type Engine, thisProcessor } from '@idlm/engine';
import type { Config } from '../config/schema';
import { type PoolOptions, type SampledNetwork, workerPool } from './workers/pooled-denoiser';

/** The networks of one job as samplers see them. */
export interface Denoisers {
  of(network: SampledNetwork): HostDenoiser;
  /** Frees all of them. The parameters are the caller's. */
  dispose(): void;
}

/** How much is sampled. */
export interface SamplingLoad {
  /** Rows that are sampled together. */
  readonly rows: number;
  /** One for each weight and each token that it sees, over all calls; at most so many. */
  readonly multiplications: number;
}

/** Where sampling runs. */
export interface DenoisersContext {
  readonly config: Pick<Config, 'engine'>;
  readonly engine: Engine;
}

/** Fewest rows of a worker; a call of 16 rows of a small network costs twice as much for each row as one of 128. */
const MIN_ROWS = 16;

/** Multiplications that are worth workers: some four seconds of them, where a worker takes 0.6 to start. */
const MIN_MULTIPLICATIONS = 2e10;

/** The workers that a load is worth; none on other engines than WASM, which use all cores themselves. */
export function workersFor(
  { engine, config }: { readonly engine: Pick<Engine, 'name'>; readonly config: Pick<Config, 'engine'> },
  { rows, multiplications }: SamplingLoad,
  cores = thisProcessor().cores,
): PoolOptions | undefined {
  if (engine.name !== 'wasm' || multiplications < MIN_MULTIPLICATIONS) return undefined;
  const threads = Math.min(config.engine.threads ?? cores, Math.floor(rows / MIN_ROWS));
  return threads > 1 ? { threads, maxRows: Math.ceil(rows / threads) } : undefined;
}

/** Networks on the engine, in this thread. A GPU takes as many rows of a large network in a call as of another. */
function ownDenoisers({ compile, onDevice }: Engine): Denoisers {
  const made: HostDenoiser[] = [];
  return {
    of({ network, parameters, schedule }) {
      const maxRows = onDevice && rowsPerCall(textLength(network.config));
      const denoise = hostDenoiser({ denoiser: denoisers.create(network), parameters, schedule, compile, maxRows });
      made.push(denoise);
      return denoise;
    },
    dispose: () => made.forEach((denoise) => denoise.dispose()),
  };
}

/**
 * The networks of a job that samples so much: on the engine, or where that is WASM and it is worth it, on workers, one for each
 * core or as many as `engine.threads` says. Networks of types of others stay in this thread.
 */
export function openDenoisers({ config, engine }: DenoisersContext, load: SamplingLoad): Denoisers {
  const [workers, own] = [workersFor({ engine, config }, load), ownDenoisers(engine)];
  if (!workers) return own;
  const pool = workerPool(workers);
  return {
    of: (sampled) => (isDit(sampled.network) ? pool.denoiser(sampled) : own.of(sampled)),
    dispose() {
      own.dispose();
      pool.dispose();
    },
  };
}
