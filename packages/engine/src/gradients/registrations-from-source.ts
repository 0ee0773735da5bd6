import { createRequire } from 'node:module';

/** tfjs-core publishes both for bundlers, in files whose requests only CommonJS's loader can follow. */
const require = createRequire(import.meta.url);
require('@tensorflow/tfjs-core/dist/register_all_gradients');
require('@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops');
