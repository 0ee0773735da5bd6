// A training in a process of its own, which is to be killed: argv is a `TrialRun` as JSON, each checkpoint is a line on stdout.
import { type TrialRun, train } from './training';

const run = JSON.parse(process.argv[2]!) as TrialRun;
try {
  await train(run, (event) => {
    if (event.kind === 'start') process.stdout.write(`began ${event.step}\n`);
    if (event.kind === 'checkpoint') process.stdout.write(`saved ${event.step}\n`);
  });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = (error as { exitCode?: number }).exitCode ?? 1;
}
