import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { type ExactProcess, PROCESSES, type VerifiedStart, verifyUniqueness } from '@idlm/idlm-loss/exact';
import { renderDescents } from '../report/descents';
import { type Terminal, alignedTable } from '../terminal';
import { wholeNumber } from './shared';

/** Options of `idlm verify`. */
export interface VerifyCommandOptions {
  readonly process: 'both' | ExactProcess;
  readonly vocab: string;
  readonly length: string;
  readonly seed: string;
  readonly starts: string;
  readonly steps: string;
  readonly svg?: string;
}

/** Largest |objective − KL| that counts as equal, relative to 1 + KL. */
const EQUAL = 1e-7;

/** Largest KL after a descent that counts as arrived. */
const ARRIVED = 4e-5;

const isEqual = ({ objective, divergence }: VerifiedStart): boolean =>
  Math.abs(objective - divergence) <= EQUAL * (1 + divergence);

const hasArrived = ({ descent }: VerifiedStart): boolean => descent[descent.length - 1]! <= ARRIVED;

/** The checks as rows of text. */
const rowsOf = (checked: readonly VerifiedStart[]): string[][] => [
  ['process', 'start', 'L_IDLM', 'KL(p‖p*)', 'difference', 'KL after descent'],
  ...checked.map(({ process, start, objective, divergence, descent }) => [
    process,
    String(start),
    objective.toFixed(6),
    divergence.toFixed(6),
    Math.abs(objective - divergence).toExponential(1),
    descent[descent.length - 1]!.toExponential(1),
  ]),
];

/**
 * `idlm verify`: the uniqueness theorem, checked by enumeration on this machine.
 * @throws InputError for spaces that cannot be enumerated; an error if the theorem's numbers fail
 */
export async function verifyCommand(options: VerifyCommandOptions, terminal: Terminal): Promise<void> {
  const checked = verifyUniqueness({
    processes: options.process === 'both' ? PROCESSES : [options.process],
    vocabSize: wholeNumber('--vocab', options.vocab, 2),
    length: wholeNumber('--length', options.length),
    seed: wholeNumber('--seed', options.seed, 0),
    starts: wholeNumber('--starts', options.starts),
    steps: wholeNumber('--steps', options.steps),
  });
  if (options.svg) {
    if (!options.svg.endsWith('.svg'))
      throw new InputError(`--svg takes a file that ends in .svg; ${options.svg} was given.`);
    await mkdir(dirname(options.svg), { recursive: true });
    await writeFileAtomically(options.svg, renderDescents(checked));
  }
  const [equal, arrived] = [checked.filter(isEqual).length, checked.filter(hasArrived).length];
  terminal.result({ checked, equal, arrived }, () => alignedTable(rowsOf(checked)));
  terminal.note(
    `The objective equals the divergence in ${equal} of ${checked.length} starts, and its descent reaches p* (KL at most ${ARRIVED}) in ${arrived}.`,
  );
  if (equal < checked.length) throw new Error('the objective differs from the divergence: the theorem fails here');
}
