// The uniqueness theorem on three tokens and three positions: the objective is KL(p‖p*), so that only p* has none.
//   npx tsx -C @idlm/source packages/idlm-loss/examples/exact.ts
import { randomStream } from '@idlm/core-diffusion';
import {
  descend,
  enumerateSpace,
  exactObjective,
  kullbackLeibler,
  softmax,
  uniformPathLoss,
} from '@idlm/idlm-loss/exact';

const space = enumerateSpace(3, 3);
const drawn = (seed: number) => softmax(randomStream(seed).normals(space.size));
const [student, target] = [drawn(1), drawn(2)];

console.log('KL(p‖p*)', kullbackLeibler(student, target).toFixed(9));
console.log('L_IDLM, absorbing', exactObjective(space, student, target).value.toFixed(9));
console.log('L_IDLM, uniform', exactObjective(space, student, target, uniformPathLoss()).value.toFixed(9));

// Gradient descent on the objective alone, which sees p* only through its optimal network.
const start = randomStream(3).normals(space.size);
const { path } = descend(space, start, target, { steps: 60, rate: 0.3 });
console.log('KL after 0, 20, 60 steps', [0, 20, 60].map((step) => path[step]!.divergence.toExponential(1)).join(', '));
// → KL(p‖p*) 0.874809499
// → L_IDLM, absorbing 0.874809499
// → L_IDLM, uniform 0.874809499
// → KL after 0, 20, 60 steps 8.1e-1, 4.9e-7, …
