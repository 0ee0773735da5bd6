import { run } from '../src/program';

/** Runs the command lines that its parent sends, one after another, and answers each with how it ended. */
process.on('message', (argv: string[]) => void answer(argv));

async function answer(argv: readonly string[]): Promise<void> {
  const written = { out: '', err: '' };
  process.stdout.write = (text) => ((written.out += String(text)), true);
  process.stderr.write = (text) => ((written.err += String(text)), true);
  process.exitCode = 0;
  const code = await run(argv);
  process.send!({ code, ...written });
}
