import { type Engine, openEngine } from '@idlm/engine';
import { type Config, type LoadedConfig, type PartlyRead, requireUsed } from '../config';
import type { Reporter } from './reporter';

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
 * Opens the configured engine and says which it is.
 * @throws InputError for settings of the command line that it has no use for
 */
export async function openConfigured(loaded: LoadedConfig, reporter: Pick<Reporter, 'note'>): Promise<Engine> {
  const { name, compile, precision, threads } = loaded.config.engine;
  const engine = await openEngine({
    prefer: name,
    compile,
    precision: precision === 'auto' ? undefined : precision,
    threads: threads ?? undefined,
  });
  requireUsed(loaded, readByEngine(loaded.config, engine));
  const used = `${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`;
  reporter.note(`Engine: ${engine.name} (${engine.version}, ${used}): ${engine.reason}.`);
  return engine;
}
