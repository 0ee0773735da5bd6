// Samples an alphabet song from a hand-written network.
//   npx tsx -C @idlm/source packages/samplers/examples/toy-denoiser.ts
import { type Denoise, generateFrames, mdlm } from '@idlm/samplers';

const [letters, mask] = ['abcdefgh', 8];

/** Prefers the letter after the one on the left and before the one on the right. */
const denoise: Denoise = async ({ tokens, positions, length }) => {
  const logits = new Float32Array(positions.length * 9);
  positions.forEach((position, n) => {
    const [left, right] = [
      position % length > 0 ? tokens[position - 1]! : mask,
      (position + 1) % length ? tokens[position + 1]! : mask,
    ];
    if (left !== mask) logits[n * 9 + ((left + 1) % 8)]! += 6;
    if (right !== mask) logits[n * 9 + ((right + 7) % 8)]! += 6;
  });
  return logits;
};

const family = mdlm({ vocabSize: 9, maskId: mask });
const options = { length: 32, seed: 1, timeConditioned: false };
for await (const { t, tokens, networkCalls } of generateFrames(denoise, family, 8, options)) {
  console.log(t.toFixed(2), Array.from(tokens, (id) => letters[id] ?? '_').join(''), `${networkCalls} calls`);
}
// → 0.88 ___________a___a_c__g_c__aedba__ 1 calls
// → 0.75 ______g____ab__a_c__g_c__aedbab_ 2 calls
// → 0.63 ______g____ab__a_cd_g_c_haedbab_ 3 calls
// → 0.50 __d___g____ab_ha_cd_g_c_haedbab_ 4 calls
// → 0.38 __de__g____abgha_cdfg_c_haedbab_ 5 calls
// → 0.25 ecde__g___habgha_cdfgbc_haedbabc 6 calls
// → 0.13 ecdeffg__ghabghabcdfgbc_haedbabc 7 calls
// → 0.00 ecdeffghfghabghabcdfgbcghaedbabc 8 calls
// → 0.00 ecdeffghfghabghabcdfgbcghaedbabc 8 calls
