import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a process took from its start to its end, and wrote to stdout. */
export interface ProcessUse {
  readonly seconds: number;
  /** Seconds of the processor, of all its threads. */
  readonly cpu: number;
  /** Maximum resident set, in bytes. */
  readonly peak: number;
  readonly out: string;
}

/** Has a process say at its end what it took. */
const WITNESS = `process.on('exit', () => process._rawDebug(JSON.stringify(process.resourceUsage())));`;

/**
 * Runs Node once, and waits for its end.
 * @param args its options, the script and what that is told
 * @throws Error with the first line of stderr if it fails
 */
export async function measureNode(args: readonly string[]): Promise<ProcessUse> {
  const hook = `data:text/javascript,${encodeURIComponent(WITNESS)}`;
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', hook, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, said] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(said.trim().split('\n')[0]);
  const usage = JSON.parse(said.trim().split('\n').at(-1)!) as NodeJS.ResourceUsage;
  return {
    seconds: (performance.now() - started) / 1000,
    cpu: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    peak: usage.maxRSS * 1024,
    out,
  };
}
