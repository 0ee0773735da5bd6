import type { Command } from 'commander';
import type { ServeOptions } from '../commands/serve';
import { collect, withSettings } from '../flags/config-flags';
import { type Run, example } from './shared';

/** Adds the command that answers requests for texts. */
export function addServing(program: Command, { terminal, interrupts }: Run): void {
  const serving = program
    .command('serve')
    .description('answer requests for texts over HTTP; its address goes to stdout, its log to stderr')
    .option(
      '-m, --model <model>',
      'model folder, run, ONNX file, or student or teacher, which come with idlm; NAME=… has it called otherwise; may be repeated (default: both of these)',
      collect,
      [],
    )
    .option('--preload', 'open all models at once, instead of each when it is first asked for')
    .option('--host <address>', 'address to listen at; 0.0.0.0: all of this machine', '127.0.0.1')
    .option('--port <number>', 'port to listen at; 0: any that is free', '8080')
    .option(
      '--token-env <name>',
      'environment variable with the token that clients have to bring, if any (default: IDLM_TOKEN)',
    )
    .option('--origin <origin>', 'pages of this origin may ask too; may be repeated', collect, [])
    .option('--max-texts <number>', 'texts of one request', '128')
    .option('--max-steps <number>', 'steps of a text', '1024')
    .option('--max-length <number>', 'tokens of a text, its prompt among them (default: those of its model)')
    .option('--max-tokens <number>', 'tokens of all texts of one request, prompts among them', '262144')
    .option('--max-seconds <number>', 'time of a request', '120')
    .option('--max-body <kilobytes>', 'size of a request', '1024')
    .option('--max-at-once <number>', 'texts under way of one model; others wait', '256')
    .option('--max-queue <number>', 'texts that wait or are under way; requests for more get 429', '1024')
    .option('--max-memory <megabytes>', 'memory of open models, estimated; the one used longest ago is closed', '4096')
    .option('--batch-delay <milliseconds>', 'how long a text waits for others, to share a call of the network', '2')
    .option(
      '--page [folder]',
      'browsers get a page at /: one of "idlm page", or without a folder one whose texts the server writes',
    )
    .option('--drain <seconds>', 'how long what is under way may take to end after SIGTERM', '30')
    .action(async (options: ServeOptions) => {
      const { serveCommand } = await import('../commands/serve');
      await serveCommand(options, terminal, interrupts);
    });
  example(withSettings(serving), 'idlm serve --model runs/student --port 8080');
}
