import { FEW_LOGITS, LOGITS_OF_PART } from '@idlm/core-diffusion';
import { type DitConfig, dit, parameterCount } from '@idlm/denoiser';
import { estimateEvaluation } from './evaluation-memory';
import type { EvaluationSize } from './evaluation-size';

const config: DitConfig = {
  ...{ hidden: 8, heads: 2, blocks: 1, cond: 4, timeConditioned: false },
  ...{ length: 64, vocabSize: 2 ** 14 },
};

/** An evaluation of models of so many tokens each, whose bounds read all positions of so large a share. */
function sized({ bounded = 1, models = 1, ...changes }: Partial<DitConfig> & { bounded?: number; models?: number }) {
  const network = dit({ ...config, ...changes }).describe();
  const texts = { network, sampler: undefined, count: 1, length: 1, batch: 1, block: null, steps: 1 };
  const model = { name: 'teacher' as const, network, texts: [texts], bounded };
  return { models: Array.from({ length: models }, () => model), length: network.config.length, samples: 1 };
}

const logitsOf = (size: EvaluationSize): number => estimateEvaluation(size, { runtime: 'native' }).logits;

it('counts logits of a bound: of few all, of many those of a part', () => {
  // 32 windows of 64 tokens: half of their logits, and one more.
  expect(logitsOf(sized({}))).toBe(4 * 5 * 32 * 64 * config.vocabSize);
  expect(32 * 64 * config.vocabSize).toBe(FEW_LOGITS);
  expect(logitsOf(sized({ vocabSize: config.vocabSize + 1 }))).toBe(4 * 5 * LOGITS_OF_PART);
});

it('counts weights of each thread that samples, and of a judge once', () => {
  const [size, judge] = [sized({ models: 2 }), dit({ ...config, blocks: 2 }).describe()];
  const weights = parameterCount(dit(config).describe());
  const networks = (more: Partial<EvaluationSize>, workers?: number) =>
    estimateEvaluation({ ...size, ...more }, { runtime: 'wasm', workers }).networks / 4;
  expect(networks({})).toBe(2 * weights);
  expect(networks({ scorer: judge }, 3)).toBe(2 * 5 * weights + parameterCount(judge));
});
