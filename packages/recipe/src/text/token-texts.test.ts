import { InputError } from '@idlm/core-diffusion';
import { makeTokenizer, tokenizers } from '@idlm/data';
import { tokenTexts } from './token-texts';

it('knows what tokens are as text, and which are none', async () => {
  const bytes = await tokenizers.create('bytes', { normalise: 'none' });
  const { texts, padding } = await tokenTexts(bytes);
  expect([texts[97], texts[10], texts[bytes.maskId]]).toEqual(['a', '\n', undefined]);
  // Bytes of longer characters are none by themselves.
  expect(texts.slice(128).every((text) => text === undefined)).toBe(true);
  expect(padding).toEqual([32]);
});

it('leaves out the ends of texts, and keeps leading spaces', async () => {
  const gpt2 = await tokenizers.create('gpt2', { normalise: 'none' });
  const { texts, padding } = await tokenTexts(gpt2);
  const [word] = gpt2.encode(' whale');
  expect(texts[word!]).toBe(' whale');
  expect([texts[gpt2.endOfTextId!], padding?.includes(gpt2.endOfTextId!)]).toEqual([undefined, true]);
});

it('refuses a tokenizer that changes what stands side by side', async () => {
  const words = ['a', 'b', 'c'];
  const parts = { spec: { name: 'mine' }, vocabSize: 4, maskId: 3, addedMask: true, json: {} };
  const spaced = makeTokenizer({
    ...parts,
    encode: () => new Int32Array(0),
    decode: (ids) =>
      Array.from(ids, (id) => words[id] ?? '')
        .reverse()
        .join(''),
  });
  await expect(tokenTexts(spaced)).rejects.toThrow(InputError);
});
