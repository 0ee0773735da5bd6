export { type Recipe, resolveRecipe } from './resolved/recipe';
export { type Sampling, sweptTemperatures } from './resolved/sampling';
export { type Streams, type TrainedTask, evaluationSeed } from './resolved/streams';
