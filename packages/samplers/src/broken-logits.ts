import { InputError } from '@idlm/core-diffusion/sampling';

/** What is wrong with logits of which no probability can be made, as a phrase. */
export function faultOf(logits: ArrayLike<number>): string {
  const all = Array.from(logits);
  const token = all.findIndex((value) => Number.isNaN(value) || value === Infinity);
  if (token >= 0) return `the logit of token ${token} is ${all[token]}`;
  return all.some((value) => value > -Infinity)
    ? 'temperature, top-k and nucleus leave no token'
    : 'all logits are -Infinity';
}

/** Where a network gave logits of which no probability can be made. */
export interface Fault {
  /** What messages call the network (default "The network"). */
  readonly network?: string;
  readonly fault: string;
  /** Place in its row. */
  readonly position: number;
  readonly t: number;
}

/** A network that gave logits of which no probability can be made: it is broken, whatever its sampler. */
export class BrokenLogits extends InputError {
  constructor(
    readonly where: Fault,
    when = `at t = ${where.t}`,
  ) {
    const { network = 'The network', fault, position } = where;
    super(`${network} cannot be sampled: ${when}, ${fault} at position ${position}.`);
  }
}

/** The same with the step of a grid at which it happened, in place of the time; other errors as they are. */
export function withStep(error: unknown, grid: ArrayLike<number>): unknown {
  if (!(error instanceof BrokenLogits)) return error;
  const [at, steps] = [Array.from(grid).indexOf(error.where.t), grid.length - 1];
  if (at < 0) return error;
  return new BrokenLogits(
    error.where,
    at === steps ? `after the last of ${steps} steps` : `at step ${at + 1} of ${steps}`,
  );
}
