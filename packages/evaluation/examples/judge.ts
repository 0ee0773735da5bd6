// Judges samples of a three-token cycle.
//   npx tsx -C @idlm/source packages/evaluation/examples/judge.ts
import { drift, mean, nGramScorer, summariseLikelihood, unigramEntropy } from '@idlm/evaluation';

const text = Int32Array.from({ length: 3000 }, (_, i) => i % 3);
const samples = { ids: text.slice(0, 24), batch: 4, length: 6 };
const judge = nGramScorer(text, { order: 3, vocabSize: 3 });
const { perplexity } = summariseLikelihood(await judge.score(samples));
const data = { ids: text.slice(0, 600), batch: 100, length: 6 };
console.log(`perplexity ${perplexity.toFixed(3)}, entropy ${mean(unigramEntropy(samples)).toFixed(3)} nats`);
console.log(drift(samples, data));
// → perplexity 1.000, entropy 1.099 nats
// → { marginals: 0, pairs: 0, lengths: 0, entropy: 0 }
