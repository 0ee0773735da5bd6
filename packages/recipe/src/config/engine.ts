import type { NetworkDescription } from '@idlm/core-diffusion';
import { LARGE_NETWORK, parameterCount } from '@idlm/denoiser';
import { type Engine, type EngineName, type FreedMemory, engineAtHand, openEngine } from '@idlm/engine';
import type { LoadedConfig } from './load';
import type { Config } from './schema';
import { type PartlyRead, requireUsed } from './unread';

/** Settings of the engine that the one which computes has no use for. */
const readByEngine = (
  { engine: { compile } }: Config,
  { name, compiling }: Pick<Engine, 'name' | 'compiling'>,
): PartlyRead[] => [
  {
    fields: ['engine.compile'],
    isRead: compiling !== 'off' || compile === 'off' || compile === 'auto',
    otherwise: `the engine ${name} compiles no steps`,
  },
  { fields: ['engine.threads'], isRead: name !== 'cpu', otherwise: 'the engine cpu has one thread' },
];

/** What native should do with free memory where networks are trained or evaluated: of as many weights together as a large one has, give it back. */
const freedMemoryFor = (networks: readonly NetworkDescription[]): FreedMemory =>
  networks.reduce((sum, network) => sum + parameterCount(network), 0) >= LARGE_NETWORK ? 'returned' : 'kept';

const precisionOf = ({ engine: { precision } }: Config) => (precision === 'auto' ? undefined : precision);

/**
 * The engine that `openConfigured` would open, of which nothing is loaded yet.
 * @throws InputError for one that is not installed, and settings of the command line that it has no use for
 */
export function plannedEngine(loaded: LoadedConfig): EngineName {
  const { name: prefer, compile } = loaded.config.engine;
  const name = engineAtHand({ prefer, precision: precisionOf(loaded.config) });
  const compiling = name === 'native' && compile !== 'off' ? 'graph' : 'off';
  requireUsed(loaded, readByEngine(loaded.config, { name, compiling }));
  return name;
}

/**
 * Opens the configured engine.
 * @param networks what is to be trained or evaluated, if anything
 * @param defaultThreads threads where none are set (default: one for each core)
 * @throws InputError for settings of the command line that it has no use for
 */
export async function openConfigured(
  loaded: LoadedConfig,
  networks: readonly NetworkDescription[] = [],
  defaultThreads?: number,
): Promise<Engine> {
  const { name, compile, threads } = loaded.config.engine;
  const engine = await openEngine({
    prefer: name,
    compile,
    precision: precisionOf(loaded.config),
    threads: threads ?? (process.env['TF_NUM_INTRAOP_THREADS'] ? undefined : defaultThreads),
    freedMemory: networks.length ? freedMemoryFor(networks) : undefined,
  });
  requireUsed(loaded, readByEngine(loaded.config, engine));
  return engine;
}
