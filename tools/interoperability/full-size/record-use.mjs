// Leaves what this process took, as a line of JSON, in the file that USE_FILE names: its largest resident set in bytes, and its processor time in
// microseconds, of all its threads.
import { appendFileSync } from 'node:fs';

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const use = { bytes: maxRSS * 1024, microseconds: userCPUTime + systemCPUTime };
  appendFileSync(process.env.USE_FILE, `${JSON.stringify(use)}\n`);
});
