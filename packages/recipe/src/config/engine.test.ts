import { type EngineOptions, openEngine } from '@idlm/engine';
import { PRESETS, dit } from '@idlm/denoiser';
import { openConfigured } from './engine';
import { resolveConfig } from './load';

jest.mock('@idlm/engine', () => ({ ...jest.requireActual('@idlm/engine'), openEngine: jest.fn() }));
const opened = jest.mocked(openEngine);

/** A network of some vocabulary. */
const network = (vocabSize: number) => dit({ ...PRESETS.tiny, vocabSize, timeConditioned: false }).describe();

it.each<[string, readonly number[], EngineOptions['freedMemory']]>([
  ['of small networks stays with the process', [28, 2 ** 17], 'kept'],
  ['of a large one goes back to the system', [2 ** 20], 'returned'],
  ['of several that are large together does so too', [2 ** 17, 2 ** 17], 'returned'],
  ['is left to the engine where nothing is trained or evaluated', [], undefined],
])('free memory %s', async (_what, vocabularies, freedMemory) => {
  opened.mockResolvedValueOnce({ name: 'wasm', compiling: 'off' } as Awaited<ReturnType<typeof openEngine>>);
  await openConfigured(resolveConfig({}), vocabularies.map(network));
  expect(opened).toHaveBeenLastCalledWith(expect.objectContaining({ freedMemory }));
});
