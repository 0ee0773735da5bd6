// A network of your own behind our samplers: it knows by counts which letter follows which, and is asked what stands where nothing
// is written yet. Any function to logits will do: a model of another library, or one that is asked over HTTP.
import { LETTERS, characterTokenizer } from '@idlm/data';
import { generate, mdlm, temperature } from '@idlm/samplers';

const { encode, decode, vocabSize, maskId } = characterTokenizer(LETTERS, 'letters');
const text = encode(
  'the sea was calm and the ship was slow and the men sang as the wind went down and the sun came up again ',
);

// How often a letter stands in the text, and how often one follows another; a little where it never does.
const [alone, pairs] = [new Float64Array(vocabSize).fill(0.01), new Float64Array(vocabSize ** 2).fill(0.01)];
text.forEach((letter, i) => {
  alone[letter] += 1;
  if (i) pairs[text[i - 1] * vocabSize + letter] += 1;
});

/** Logits [N, V] of N positions, which are counted through rows of so many tokens. */
async function denoise({ tokens, length, positions }) {
  const logits = new Float32Array(positions.length * vocabSize);
  positions.forEach((position, n) => {
    const left = position % length ? tokens[position - 1] : maskId;
    const right = (position + 1) % length ? tokens[position + 1] : maskId;
    for (let letter = 0; letter < vocabSize; letter++) {
      // p(letter | left) p(right | letter), with what is not written yet left out.
      const following = left === maskId ? alone[letter] : pairs[left * vocabSize + letter];
      const followed = right === maskId ? 1 : pairs[letter * vocabSize + right] / alone[letter];
      logits[n * vocabSize + letter] = Math.log(following * followed);
    }
  });
  return logits;
}

const options = { length: 40, prompt: encode('the '), seed: 1, shape: temperature(0.7), timeConditioned: false };
const { tokens, networkCalls } = await generate(denoise, mdlm({ vocabSize, maskId }), 64, options);
console.log(`${decode(tokens)} (${networkCalls} calls)`);
// → thent wibe  cas and ca s tbd s t cxp qdo (28 calls)
