#!/usr/bin/env bash
# @tensorflow/tfjs-core 4.22.0 in Node 20: an ES module that imports it takes 0.1 to 0.2 s of processor time longer than one that requires the
# same file by createRequire. Its package.json has no entry for ES modules in Node ("module" is for bundlers), so Node searches all 1.2 MB of
# the CommonJS bundle for the names that it exports, which takes several times as long as loading it. Every process and worker thread pays.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --ignore-scripts @tensorflow/tfjs-core@4.22.0
echo 'import * as tf from "@tensorflow/tfjs-core"; if (!tf.matMul) throw new Error("no matMul");' > imported.mjs
cat > required.mjs <<'J'
import { createRequire } from 'node:module';
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-core');
if (!tf.matMul) throw new Error('no matMul');
J
echo 'import "node:module";' > nothing.mjs
cat > run.cjs <<'J'
const { spawnSync } = require('node:child_process');
const probe = 'process.on("exit", () => { const { user, system } = process.cpuUsage(); console.log((user + system) / 1000); })';
/** Milliseconds of processor time of a process, the least of seven: other work can only add. */
const least = (file) =>
  Math.min(
    ...Array.from({ length: 7 }, () => {
      const { stdout } = spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(probe)}`, file], { encoding: 'utf8' });
      return Number(stdout);
    }),
  );
const nothing = least('nothing.mjs');
const [required, imported] = ['required.mjs', 'imported.mjs'].map((file) => least(file) - nothing);
console.log(`Node ${process.version}, tfjs-core ${require('@tensorflow/tfjs-core').version_core}: required ${required.toFixed(0)} ms, imported ${imported.toFixed(0)} ms`);
process.exitCode = imported > 2 * required ? 0 : 1;
J
node run.cjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
