import { acquireLock } from '../src/run/lock';

/** Holds a lock until it is ended: argv is its path, and how it ends by itself (`exit`, `throw`) if it does. */
const [path, end] = process.argv.slice(2) as [string, string | undefined];
await acquireLock(path);
process.stdout.write('held\n');
if (end === 'exit') process.exit(3);
if (end === 'throw') throw new Error('as asked');
if (end === 'listen') process.on('SIGINT', () => process.exit(130));
setInterval(() => {}, 1000);
