// The same prompt by samplers of ours, and by one of your own: it writes first where the network is least in doubt.
import { pairFolder } from '@idlm/cli/pair';
import { openModel } from '@idlm/recipe';
import { sampleInOrder, samplers } from '@idlm/samplers';

const leastEntropy = {
  spec: { name: 'least-entropy' },
  readiness: (probabilities) => probabilities.reduce((sum, p) => (p > 0 ? sum + p * Math.log(p) : sum), 0),
  // As many positions as the grid of steps says, those of least entropy.
  choose: (readiness, { due }) => [...readiness.keys()].sort((a, b) => readiness[b] - readiness[a]).slice(0, due),
};
samplers.register('least-entropy', {
  description: 'where the network is least in doubt first',
  options: {
    last: { kind: ['greedy', 'ancestral', 'none'], default: 'greedy', meaning: 'what becomes of noise that is left' },
  },
  create: ({ last }) => sampleInOrder(leastEntropy, { last }),
});

const student = await openModel(pairFolder('student'));
for (const sampler of ['ancestral-cached', 'confidence-threshold', 'least-entropy']) {
  const [text] = await student.sample({ prompt: 'And he said', seed: 1, sampling: { sampler } });
  console.log(`${sampler}: ${text.trimEnd()}`);
}
// → ancestral-cached: And he said, Let us be not a servant.
// → confidence-threshold: And he said, What is.
// → least-entropy: And he said, Thou art.
