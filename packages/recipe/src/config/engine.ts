import { type Engine, openEngine } from '@idlm/engine';
import type { LoadedConfig } from './load';
import type { Config } from './schema';
import { type PartlyRead, requireUsed } from './unread';

/** Settings of the engine that the one which was opened has no use for. */
const readByEngine = ({ engine: { compile } }: Config, { name, compiling }: Engine): PartlyRead[] => [
  {
    fields: ['engine.compile'],
    isRead: compiling !== 'off' || compile === 'off' || compile === 'auto',
    otherwise: `the engine ${name} compiles no steps`,
  },
  { fields: ['engine.threads'], isRead: name !== 'cpu', otherwise: 'the engine cpu has one thread' },
];

/**
 * Opens the configured engine.
 * @throws InputError for settings of the command line that it has no use for
 */
export async function openConfigured(loaded: LoadedConfig): Promise<Engine> {
  const { name, compile, precision, threads } = loaded.config.engine;
  const engine = await openEngine({
    prefer: name,
    compile,
    precision: precision === 'auto' ? undefined : precision,
    threads: threads ?? undefined,
  });
  requireUsed(loaded, readByEngine(loaded.config, engine));
  return engine;
}
