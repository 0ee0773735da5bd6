// Leaves the largest resident set of this process, in bytes, in the file that MEMORY_FILE names.
import { appendFileSync } from 'node:fs';

process.on('exit', () => appendFileSync(process.env.MEMORY_FILE, `${process.resourceUsage().maxRSS * 1024}\n`));
