// A module of CommonJS that registers a sampler by `require`, and so in a second copy of the package.
const { ancestral, samplers } = require('@idlm/samplers');

samplers.register('required', { description: 'ancestral steps', create: () => ancestral() });
