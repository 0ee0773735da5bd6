import { type Engine, type EngineName, isInstalled } from '@idlm/engine';
import { type OnEvent } from '@idlm/recipe';
import { openConfigured, resolveConfig } from '@idlm/recipe/config';
import type { TerminalReporter } from '../terminal';

/** Installs the native engine where the platform has one and it is missing; otherwise says in one sentence why not. */
async function provideNative(reporter: TerminalReporter): Promise<void> {
  if (isInstalled()) return;
  try {
    reporter.note('Bringing the native engine for your user, once (--engine wasm skips this).');
    const { installNative } = await import('@idlm/engine/install');
    await installNative({
      onProgress: ({ message, received, total }) =>
        received !== undefined && total ? reporter.progress(message, received, total) : reporter.note(message),
    });
  } catch (error) {
    reporter.note(`Going on with WASM, since the native engine cannot be had here: ${(error as Error).message}`);
  }
}

/**
 * The quickstart's engine: native, brought if need be, unless another is asked for.
 * @param settings of `engine`, as `--set` would give them
 */
export async function quickstartEngine(
  asked: EngineName | 'auto',
  settings: readonly string[],
  { reporter, onEvent }: { readonly reporter: TerminalReporter; readonly onEvent: OnEvent },
): Promise<Engine> {
  if (asked === 'auto' || asked === 'native') await provideNative(reporter);
  const name = asked === 'native' && !isInstalled() ? 'auto' : asked;
  const loaded = resolveConfig({ settings: [`engine.name=${name}`, ...settings] });
  const engine = await openConfigured(loaded);
  onEvent({ kind: 'engine', engine });
  return engine;
}
