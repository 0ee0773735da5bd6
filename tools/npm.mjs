import { dirname, join } from 'node:path';

/**
 * How npm or npx is started without a shell. On Windows both are scripts that only a shell runs; Node runs what stands behind them.
 * @returns the program, and the arguments before one's own
 */
export function npmProgram(name = 'npm', platform = process.platform) {
  if (platform !== 'win32') return [name, []];
  return [process.execPath, [join(dirname(process.execPath), 'node_modules/npm/bin', `${name}-cli.js`)]];
}
