import { LENGTH } from './tiny-model';

/** How often each of the V² states occurs among sequences, [V²]. */
export function countStates(tokens: Int32Array, vocabSize: number): Int32Array {
  const counts = new Int32Array(vocabSize ** LENGTH);
  for (let i = 0; i < tokens.length; i += LENGTH) counts[vocabSize * tokens[i]! + tokens[i + 1]!]!++;
  return counts;
}
