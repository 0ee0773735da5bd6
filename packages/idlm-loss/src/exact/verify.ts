import { InputError, randomStream } from '@idlm/core-diffusion';
import { pathLoss } from './absorbing';
import { type PathLoss, descend, exactObjective } from './objective';
import { type Space, enumerateSpace, kullbackLeibler, softmax } from './space';
import { uniformPathLoss } from './uniform';

/** The processes that the theorem is checked for. */
export const PROCESSES = ['absorbing', 'uniform'] as const;

/** One of them. */
export type ExactProcess = (typeof PROCESSES)[number];

/** What is checked. */
export interface VerifyOptions {
  readonly processes: readonly ExactProcess[];
  /** V, without a mask; V^L is at most 10⁴. */
  readonly vocabSize: number;
  /** L. */
  readonly length: number;
  /** Of p* and the starts. */
  readonly seed: number;
  /** Random starts of the descent. */
  readonly starts: number;
  /** Steps of each. */
  readonly steps: number;
}

/** One start: objective and divergence there, and after the descent. */
export interface VerifiedStart {
  readonly process: ExactProcess;
  /** From 1. */
  readonly start: number;
  /** L_IDLM at the start, exactly, in nats. */
  readonly objective: number;
  /** KL(p_θ ‖ p*) at the start, in nats: what the objective must equal. */
  readonly divergence: number;
  /** KL(p_θ ‖ p*) at every step of the descent. */
  readonly descent: readonly number[];
}

/** Nodes of the uniform process's quadrature. */
const NODES = 60;

const LOSSES: Readonly<Record<ExactProcess, PathLoss>> = {
  absorbing: pathLoss,
  uniform: uniformPathLoss({ nodes: NODES }),
};

/** Terms that one evaluation of a process sums, per state: contexts, tokens and nodes of the quadrature. */
const TERMS: Readonly<Record<ExactProcess, (space: Space) => number>> = {
  absorbing: ({ length }) => 2 ** length,
  uniform: ({ length, vocabSize }) => NODES * length ** 2 * vocabSize,
};

/** Terms of a whole check, beyond which it takes minutes. */
const MOST_TERMS = 3e8;

/** @throws InputError for a check that would take minutes, during which it could not be interrupted */
function checkWork(space: Space, { processes, starts, steps }: VerifyOptions): void {
  const terms = processes.reduce((sum, process) => sum + TERMS[process](space), 0);
  if (space.size * terms * starts * steps > MOST_TERMS)
    throw new InputError(
      `${space.size} states with ${starts} starts of ${steps} steps would take long; lower --starts, --steps, or the space.`,
    );
}

/**
 * Checks, on an enumerated space with a random p*, that the exact objective equals KL(p_θ ‖ p*) and that its descent from
 * random starts reaches p*.
 * @throws InputError for spaces beyond 10⁴ states or too much work
 */
export function verifyUniqueness(options: VerifyOptions): VerifiedStart[] {
  const { processes, vocabSize, length, seed, starts, steps } = options;
  const space = enumerateSpace(vocabSize, length);
  checkWork(space, options);
  const random = randomStream(seed);
  const drawn = (label: string | number, scale: number) =>
    random
      .split(label)
      .normals(space.size)
      .map((z) => scale * z);
  const target = softmax(drawn('target', 1.5));
  return processes.flatMap((process) =>
    Array.from({ length: starts }, (_, i): VerifiedStart => {
      const logits = drawn(i, 2);
      const student = softmax(logits);
      const loss = LOSSES[process];
      const { path } = descend(space, logits, target, { steps, rate: 0.3, loss });
      return {
        process,
        start: i + 1,
        objective: exactObjective(space, student, target, loss).value,
        divergence: kullbackLeibler(student, target),
        descent: path.map(({ divergence }) => divergence),
      };
    }),
  );
}
