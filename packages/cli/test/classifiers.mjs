// A classifier of a user's own, as a file registers it.
import { classifiers } from '@idlm/samplers';

classifiers.register('of-bees', {
  description: 'texts of the letters b and e',
  create:
    (_options, { family: { process }, decode }) =>
    async ({ positions }) =>
      Float64Array.from({ length: positions.length * process.vocabSize }, (_, i) =>
        'be'.includes(decode([i % process.vocabSize])) ? 0 : -1000,
      ),
});
