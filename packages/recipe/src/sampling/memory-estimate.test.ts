import {
  type DitConfig,
  FEW_LOGITS_OF_CALL,
  LOGITS_OF_CALL_PART,
  dit,
  gpt2,
  parameterCount,
  scoresAtOnce,
} from '@idlm/denoiser';
import { type SamplingSize, estimateSampling } from './memory-estimate';

const base = { cond: 128, timeConditioned: false };
const small: DitConfig = { ...base, hidden: 96, heads: 4, blocks: 3, length: 64, vocabSize: 28 };
/** The published size: 170 million weights. */
const full: DitConfig = { ...base, hidden: 768, heads: 12, blocks: 12, length: 1024, vocabSize: 50258 };

const sized = (config: DitConfig, more: Partial<SamplingSize> = {}): SamplingSize => ({
  runtime: 'native',
  networks: [dit(config).describe()],
  ...{ rows: 1, length: config.length, positions: config.length },
  ...more,
});

const inAll = (size: SamplingSize): number => Object.values(estimateSampling(size)).reduce<number>((a, b) => a + b, 0);

/** Peaks of `idlm sample` with a published network, in gigabytes: the table of docs/performance.md. */
const MEASURED: [string, Partial<SamplingSize>, number][] = [
  ['MDLM, 16 steps', { positions: 64 }, 1.342],
  ['Duo, 4 steps', {}, 1.55],
  ['MDLM, 16 steps, ONNX Runtime', { positions: 64, runtime: 'onnx' }, 1.139],
  ['Duo, 4 steps, ONNX Runtime', { runtime: 'onnx' }, 1.161],
];

it.each(MEASURED)('of a published size is within 15 %% of what was measured: %s', (_, more, gigabytes) => {
  expect(Math.abs(inAll(sized(full, more)) / (gigabytes * 1e9) - 1)).toBeLessThan(0.15);
});

it('counts the weights of each network once, and of each thread that answers', () => {
  const weights = 4 * parameterCount(dit(small).describe());
  const networks = (more: Partial<SamplingSize>) => estimateSampling(sized(small, more)).networks;
  expect(networks({})).toBe(weights);
  expect(networks({ networks: [dit(small).describe(), dit(small).describe()] })).toBe(2 * weights);
  // Those of the threads, those that they are sent, and those of this thread.
  expect(networks({ workers: 3, runtime: 'wasm' })).toBe(5 * weights);
  // A judge is in this thread alone.
  const judge = dit({ ...small, blocks: 1 }).describe();
  expect(networks({ workers: 3, runtime: 'wasm', judge })).toBe(5 * weights + 4 * parameterCount(judge));
  expect(networks({ judge })).toBe(weights + 4 * parameterCount(judge));
  const process = (workers: number) => estimateSampling(sized(small, { workers, runtime: 'wasm' })).process;
  expect(process(2) - process(0)).toBe(2 * 60e6);
});

it('counts activations of the tokens of a call, and scores of attention, by blocks on engines alone', () => {
  const activations = (config: DitConfig, more: Partial<SamplingSize> = {}) =>
    estimateSampling(sized(config, more)).activations / 4;
  expect(activations(small, { rows: 2 })).toBe(2 * (64 * 14 * 96 + 2 * 4 * 64 ** 2));
  expect(activations(full)).toBe(1024 * 14 * 768 + 2 * scoresAtOnce(12, 1024));
  // Of short rows all at once, though they are more than those of a block.
  expect(activations(small, { rows: 1000 })).toBe(1000 * (64 * 14 * 96 + 2 * 4 * 64 ** 2));
  expect(activations(full, { runtime: 'onnx' })).toBe(1024 * 14 * 768 + 2 * 12 * 1024 ** 2);
  const judge = gpt2({
    hidden: 8,
    heads: 2,
    blocks: 1,
    inner: 16,
    epsilon: 1e-5,
    length: 64,
    vocabSize: 28,
    timeConditioned: false,
  });
  expect(estimateSampling({ ...sized(small), networks: [judge.describe()] }).activations).toBe(0);
});

it('counts three copies of a few logits, of many one beside those of a part, and one on ONNX Runtime', () => {
  const logits = (more: Partial<SamplingSize>) => estimateSampling(sized(full, more)).logits / 4;
  expect(logits({ positions: 64 })).toBe(3 * 64 * 50258);
  expect(logits({})).toBe(1024 * 50258 + 2 * LOGITS_OF_CALL_PART);
  const few = Math.floor(FEW_LOGITS_OF_CALL / 50258);
  expect(logits({ positions: few })).toBe(3 * few * 50258);
  expect(logits({ positions: few + 1 })).toBe((few + 1) * 50258 + 2 * LOGITS_OF_CALL_PART);
  expect(logits({ runtime: 'onnx' })).toBe(1024 * 50258);
});
