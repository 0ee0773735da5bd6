export { type TokenizerConformanceOptions, tokenizerConformance } from './conformance/tokenizer-checks';
