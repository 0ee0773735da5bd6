import { InputError } from '@idlm/core-diffusion';
import { characterTokenizer } from '@idlm/data';
import { configFields, dit } from '@idlm/denoiser';
import type { CheckpointStore } from '@idlm/trainer';
import { checkpointModel } from './memory-model';

/** The model of a checkpoint with this `config.json`. */
const read = (config: string) => {
  const store = { read: async () => new TextEncoder().encode(config) } as unknown as CheckpointStore;
  const checkpoint = { path: 'step 6 in memory', step: 6 } as Parameters<typeof checkpointModel>[1];
  return checkpointModel(store, checkpoint, characterTokenizer([...'ab']));
};

const sizes = { hidden: 8, blocks: 1, heads: 2, cond: 4, length: 8, vocabSize: 3 };

describe('the model of a checkpoint in memory', () => {
  it('is described by its configuration', async () => {
    const network = dit({ ...sizes, timeConditioned: false }).describe();
    const { model } = await read(JSON.stringify(configFields({ network, type: 'mdlm' })));
    expect(model).toMatchObject({ type: 'mdlm', network });
  });

  it.each([
    ['{"model_type":', 'step 6 in memory has a config.json that is no JSON; take another checkpoint, or train again.'],
    [
      `{"network": ${'['.repeat(500)}${']'.repeat(500)}}`,
      'step 6 in memory has a config.json that holds more than 500 lists and objects within one another',
    ],
    ['[1]', 'step 6 in memory holds no JSON object; it is no model configuration.'],
  ])('is refused in a sentence where that is damaged (case %#)', async (config, sentence) => {
    await expect(read(config)).rejects.toThrow(InputError);
    await expect(read(config)).rejects.toThrow(sentence);
  });
});
