import { batchRowOf, categorical } from '@idlm/core-diffusion/sampling';
import { type LastOption, checkLast, finishWith } from '../finish';
import { openPositions, rowStreams } from '../positions';
import { predict } from '../predict';
import type { Sampler } from '../sampler';

/**
 * Ancestral sampling: every noisy position draws from the posterior q(x_s | x_t, x_θ), the mask among its outcomes. One
 * call per step, with logits at all noisy positions.
 * For SUBS the "analytic" (Tweedie) step of the score is the same law: (e^{Δσ} − 1)/(e^σ − 1) = (α_s − α_t)/(1 − α_t).
 * @throws InputError for an unknown last step
 * Source: MDLM (arXiv 2406.07524), `ddpm`; UDLM (arXiv 2412.10193) for the uniform process.
 * @example
 * ```ts
 * import { ancestral, generate, mdlm } from '@idlm/samplers';
 *
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const sampler = ancestral({ last: 'ancestral' }); // the last step is drawn like the others
 * const { networkCalls, rowEvaluations } = await generate(denoise, family, 16, { batch: 2, sampler });
 * console.log(networkCalls, rowEvaluations); // → 16 32
 * ```
 */
export function ancestral({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: 'ancestral', options: { last } },
    law: 'ancestral',
    async step(state, from, to, environment) {
      const { process, schedule } = environment.family;
      const positions = openPositions(state, environment);
      const [alphaT, alphaS] = [schedule.alpha(from), schedule.alpha(to)];
      const streams = rowStreams(state, environment, from);
      const draw = environment.categorical ?? categorical;
      const [tokens, weights] = [state.tokens.slice(), new Float64Array(process.vocabSize)];
      const counted = await predict({ ...state, tokens }, positions, from, environment, (n, clean) => {
        const position = positions[n]!;
        process.posterior(tokens[position]!, clean, alphaS, alphaT, weights);
        tokens[position] = draw(weights, streams[batchRowOf(position, state.length)]!, position);
      });
      return { ...counted, tokens, t: to };
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}
