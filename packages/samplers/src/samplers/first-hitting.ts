import { type NoiseSchedule, type RandomStream, categorical } from '@idlm/core-diffusion';
import { checkLast, finishWith } from '../finish';
import { openPositions, rowStreams } from '../positions';
import { predict } from '../predict';
import type { Sampler, SamplerEnvironment, SamplerState } from '../sampler';
import type { LastOption } from './ancestral';

/** A row of the batch on its way down: its masked positions, and the time it has reached. */
interface Walker {
  readonly stream: RandomStream;
  readonly open: number[];
  t: number;
}

/** The time at which the next of n masked tokens is revealed: 1 − α_τ = (1 − α_t) u^{1/n}. */
function nextHit({ stream, open, t }: Walker, schedule: NoiseSchedule): number {
  return schedule.inverse(1 - (1 - schedule.alpha(t)) * stream.uniform() ** (1 / open.length));
}

function startWalkers(state: SamplerState, environment: SamplerEnvironment, from: number): Walker[] {
  const walkers = rowStreams(state, environment, from).map((stream): Walker => ({ stream, open: [], t: from }));
  for (const position of openPositions(state, environment))
    walkers[Math.floor(position / state.length)]!.open.push(position);
  return walkers;
}

/** Moves every walker to its next hit; returns the position that each one reveals, for those that hit before `to`. */
function advance(
  walkers: readonly Walker[],
  schedule: NoiseSchedule,
  to: number,
): { position: number; walker: Walker }[] {
  return walkers.flatMap((walker) => {
    if (!walker.open.length || walker.t <= to) return [];
    walker.t = Math.max(to, nextHit(walker, schedule));
    if (walker.t <= to) return [];
    const [position] = walker.open.splice(Math.floor(walker.stream.uniform() * walker.open.length), 1);
    return [{ position: position!, walker }];
  });
}

/**
 * First-hitting sampling of an absorbing process: the times at which tokens are revealed are drawn analytically, one
 * token at a time, so that the law is that of infinitely many steps at no more than L evaluations per row.
 * A time-conditioned network is asked row by row, since rows then stand at different times.
 * @throws InputError for an unknown last step
 * Source: Zheng et al. (arXiv 2409.02908), first-hitting sampler.
 */
export function firstHitting({ last = 'greedy' }: LastOption = {}): Sampler {
  checkLast(last);
  return {
    spec: { name: 'first-hitting', options: { last } },
    compatible: ['absorbing'],
    exact: false,
    async step(state, from, to, environment) {
      const { schedule } = environment.family;
      const draw = environment.categorical ?? categorical;
      const walkers = startWalkers(state, environment, from);
      let current: SamplerState = { ...state, tokens: state.tokens.slice() };
      for (let hits = advance(walkers, schedule, to); hits.length; hits = advance(walkers, schedule, to)) {
        const groups = environment.timeConditioned ? hits.map((hit) => [hit]) : [hits];
        for (const group of groups) {
          const positions = Int32Array.from(group, ({ position }) => position);
          const { state: counted, probabilities } = await predict(
            current,
            positions,
            group[0]!.walker.t,
            environment,
            (n) => group[n]!.walker.t,
          );
          const tokens = current.tokens.slice();
          group.forEach(
            ({ position, walker }, n) => (tokens[position] = draw(probabilities(n), walker.stream, position)),
          );
          current = { ...counted, tokens };
        }
      }
      return { ...current, t: to };
    },
    finish: (state, environment) => finishWith(last, state, environment),
  };
}
