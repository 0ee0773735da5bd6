export { type BlockOptions, ditBlock } from './dit/block';
export { conditioning, modulation, noiseEmbedding } from './dit/conditioning';
export { ditHead } from './dit/dit';
export { embed, inputShape } from './dit/embedding';
export { type RotaryTables, inverseFrequencies, rotaryTables, rotate, rotateBack } from './layers/rotary';
