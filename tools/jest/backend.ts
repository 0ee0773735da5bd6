import { type Engine, type EngineName, openEngine } from '@idlm/engine';

/** Opens the engine that `IDLM_ENGINE` names for a test file (WASM by default). */
export const useBackend = (): Promise<Engine> =>
  openEngine({ prefer: (process.env['IDLM_ENGINE'] ?? 'wasm') as EngineName });
