// What loading a model takes at its peak, beyond the process with its engine open, as a share of its weights in float32.
//   npm run bench:load -- MODEL [--engine native|wasm]
import { parseArgs } from 'node:util';
import { parameterCount } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string', default: 'native' } },
});
const [path] = positionals;
if (path === undefined) throw new Error('name a model folder or a checkpoint');

const engine = await openEngine({ prefer: values.engine as 'native' });
const before = process.memoryUsage.rss();
const started = performance.now();
const { network } = await loadModel(path);
const seconds = (performance.now() - started) / 1000;
const peak = process.resourceUsage().maxRSS * 1024;
const weights = 4 * parameterCount(network);
const megabytes = (bytes: number) => Math.round(bytes / 1e6);
console.log(
  `${engine.name}: ${megabytes(weights)} MB of weights, ${megabytes(before)} MB before, ${megabytes(peak)} MB at the peak: ${((peak - before) / weights).toFixed(2)} times the weights, in ${seconds.toFixed(1)} s`,
);
process.exit();
