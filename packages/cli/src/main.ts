#!/usr/bin/env node
import { isRank } from '@idlm/mpi';
import { run } from './program';

const argv = process.argv.slice(2);
process.exitCode = isRank() ? await (await import('./ranks')).runAsRank(argv) : await run(argv);
