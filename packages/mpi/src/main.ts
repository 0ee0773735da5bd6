import { communicatorOf } from './communicator';
import { openJobEnd } from './job-end';
import { libraryCandidates } from './library/find';
import { loadMpi } from './library/functions';
import { setVariables, start } from './library/start';
import type { Said } from './trial';

/** More than MPI copies at once, and enough that MPICH's all-reduce needs more stack than koffi gives by itself. */
const COUNT = 2 ** 18 + 5;

/** Seconds that the sum may take. */
const PATIENCE = 30;

const say = (said: Said): void => void process.stdout.write(`${JSON.stringify(said)}\n`);

function load() {
  setVariables();
  try {
    return loadMpi(libraryCandidates(process.env));
  } catch (error) {
    say({ absent: (error as Error).message });
    return undefined;
  }
}

/**
 * Run as a process of its own by `tryMpi`: starts MPI as the one rank of a job, adds numbers over it, prints as a line of JSON what the
 * library is, and ends as a rank does.
 * @throws Error, which ends the process with 1, where the sum is wrong
 */
async function main(): Promise<void> {
  const mpi = load();
  if (!mpi) return;
  const library = start(mpi);
  const end = openJobEnd(mpi, PATIENCE);
  const numbers = Float32Array.from({ length: COUNT }, (_, i) => i % 7);
  await communicatorOf(mpi, end.watched).sum(numbers);
  const wrong = numbers.findIndex((value, i) => value !== i % 7);
  if (wrong >= 0) throw new Error(`the sum of one rank's ${wrong % 7} came out as ${numbers[wrong]}`);
  say({ library });
  await end.leave(0);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
