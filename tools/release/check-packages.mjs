#!/usr/bin/env node
// Packs every built package, installs the tarballs into an empty project and uses them from plain Node, as ES modules
// and as CommonJS: what a user who runs `npm install` gets, and not what the workspace happens to resolve.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { OWN_PACKAGE, checkOwnParts } from './own-parts/check.mjs';
import { checkExamples, copyExamples } from './packed/check-examples.mjs';
import { lintTarballs } from './packed/lint-tarballs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folders = readdirSync(join(root, 'packages'));
const manifests = folders.map((folder) =>
  JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
);

const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** Every entry point of every package, as a user would write it. */
const entries = manifests.flatMap(({ name, exports, bin }) =>
  Object.keys(exports)
    .filter((key) => key !== './package.json' && !(bin && key === '.'))
    .map((key) => name + key.slice(1)),
);

const shared = `
const { strictEqual, ok, throws } = require('node:assert');
const assertEntries = (modules) => { for (const [name, module] of Object.entries(modules)) ok(Object.keys(module).length > 0, name + ' exports nothing'); };
`;
const scripts = {
  'commonjs.cjs': `${shared}
const modules = Object.fromEntries(${JSON.stringify(entries)}.map((name) => [name, require(name)]));
assertEntries(modules);
`,
  'module.mjs': `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
${shared}
const modules = Object.fromEntries(await Promise.all(${JSON.stringify(entries)}.map(async (name) => [name, await import(name)])));
assertEntries(modules);
// One engine instance behind both module systems: two would mean two registries of backends.
const { engine } = await import('@tensorflow/tfjs-core');
strictEqual(engine(), require('@tensorflow/tfjs-core').engine());
const opened = await modules['@idlm/engine'].openEngine({ prefer: 'wasm' });
strictEqual(opened.name, 'wasm');
// Gradients and methods of tensors, without the package that brings every backend.
const { grad, tensor1d } = await import('@tensorflow/tfjs-core');
strictEqual(grad((x) => x.square())(tensor1d([3])).dataSync()[0], 6);
throws(() => require.resolve('@tensorflow/tfjs'), { code: 'MODULE_NOT_FOUND' });
strictEqual(engine().backendName, 'wasm');
require('@idlm/denoiser');
strictEqual(require('@tensorflow/tfjs-core').engine().backendName, 'wasm');
`,
};

/** Compiles imports of every entry point as the strictest users do; `skipLibCheck`, since declarations of TensorFlow.js fail. */
async function checkTypes(project, run) {
  const text = entries.map((name, i) => `import * as entry${i} from '${name}';\nexport { entry${i} };\n`).join('');
  for (const file of ['types.mts', 'types.cts']) writeFileSync(join(project, file), text);
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--skipLibCheck',
    '--noEmit',
  ];
  const check = (module, resolution, ...files) => {
    const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022', ...strict];
    return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...files]);
  };
  await Promise.all([
    check('esnext', 'bundler', 'types.mts'),
    check('node16', 'node16', 'types.mts', 'types.cts'),
    check('nodenext', 'nodenext', 'types.mts', 'types.cts'),
  ]);
  console.log('types of every entry point pass strict checks under bundler, node16 and nodenext');
}

/** Samples from a network of one line, and says what came out. */
const samplingAlone = `
import { generate, mdlm } from '@idlm/samplers';
const denoise = async ({ positions }) => Float32Array.from({ length: positions.length * 3 }, (_, i) => (i % 3 === 1 ? 50 : 0));
const { tokens } = await generate(denoise, mdlm({ vocabSize: 3, maskId: 2 }), 4, { batch: 2, length: 3 });
console.log(tokens.join(' '));
`;

/** Samplers alone bring no tensor library, and their declarations need none: no `skipLibCheck` here. */
async function useSamplersAlone(tarballs, run) {
  const project = mkdtempSync(join(tmpdir(), 'idlm-samplers-'));
  try {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'samplers-alone', private: true }));
    const needed = ['core-diffusion', 'samplers'].map((name) =>
      tarballs.find((file) => file.includes(`idlm-${name}-`)),
    );
    await run('npm', [...install, ...needed], project);
    if (existsSync(join(project, 'node_modules/@tensorflow')))
      throw new Error('an installed @idlm/samplers must bring no TensorFlow.js; node_modules/@tensorflow exists');
    writeFileSync(join(project, 'sample.mjs'), samplingAlone);
    const tokens = (await run(process.execPath, ['sample.mjs'], project)).trim();
    if (tokens !== '1 1 1 1 1 1') throw new Error(`samplers alone must write 1 1 1 1 1 1; they wrote ${tokens}`);
    const names = ['@idlm/samplers', '@idlm/samplers/conformance', '@idlm/core-diffusion/sampling'];
    writeFileSync(
      join(project, 'types.mts'),
      names.map((name, i) => `export * as entry${i} from '${name}';\n`).join(''),
    );
    const options = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom', '--strict', '--noEmit'];
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'types.mts'], project);
    console.log('samplers alone sample and pass strict checks of types without TensorFlow.js');
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** GPT-2's vocabulary comes with the command, and nothing is fetched for it. */
async function prepareByGpt2(project, run) {
  writeFileSync(join(project, 'text.txt'), 'Hello world. '.repeat(50));
  const args = ['prepare', 'text.txt', '--tokenizer', 'gpt2', '--length', '16', '--out', 'prepared', '--json'];
  const { tokens } = JSON.parse(await run(join(project, 'node_modules/.bin/idlm'), args));
  // " Hello", " world" and "." fifty times, and the last space.
  if (tokens !== 151) throw new Error(`idlm prepare must write 151 of GPT-2's tokens; it wrote ${tokens}`);
  console.log("the packed command has GPT-2's vocabulary");
}

/** What a page imports; see `packages/engine/test/browser` for one that runs. */
const page = ['core-diffusion/sampling', 'samplers', 'denoiser', 'engine/wasm', 'engine/gradients'];

/** A bundle for browsers has none of Node's modules, and holds tfjs-core once. */
function bundleForBrowsers(project) {
  writeFileSync(
    join(project, 'page.mjs'),
    page.map((name, i) => `export * as entry${i} from '@idlm/${name}';\n`).join(''),
  );
  const { metafile } = buildSync({
    absWorkingDir: project,
    entryPoints: ['page.mjs'],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    write: false,
  });
  const cores = Object.keys(metafile.inputs).filter((file) => /tfjs-core\/dist\/(engine|tf-core.*)\.js$/.test(file));
  if (cores.length !== 1) throw new Error(`a bundle must hold tfjs-core once; it holds ${cores.join(', ')}`);
  console.log('samplers, denoiser and the WASM engine bundle for browsers');
}

/** Loads every entry point by a script of each module system. */
async function loadEntries(project, run) {
  const load = async ([file, text]) => {
    writeFileSync(join(project, file), text);
    await run(process.execPath, [file]);
    console.log(`${file}: ${entries.length} entry points load from the packed tarballs`);
  };
  await Promise.all(Object.entries(scripts).map(load));
}

/** Installs all tarballs beside the examples, whose dependencies come with them. */
async function installAll(project, tarballs, run) {
  copyExamples(project);
  const manifest = { name: 'downstream', private: true, workspaces: ['examples/*'] };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const own = join(project, (await run('npm', ['pack', OWN_PACKAGE, '--silent'])).trim());
  await run('npm', [...install, '@tensorflow/tfjs-core@4.22.0', ...tarballs, own]);
}

/** What waits for the registry runs beside what computes, and so do programs that do not need one another. */
async function useTarballs() {
  const project = mkdtempSync(join(tmpdir(), 'idlm-packed-'));
  const run = async (command, args, cwd = project) => {
    const running = promisify(execFile)(command, args, { cwd, maxBuffer: 2 ** 26 });
    running.child.stdin.end();
    const { stdout, stderr } = await running;
    process.stderr.write(stderr);
    return stdout;
  };
  try {
    await run('npm', ['pack', '--workspaces', '--silent', '--pack-destination', project], root);
    const tarballs = manifests.map(({ name, version }) =>
      join(project, `${name.slice(1).replace('/', '-')}-${version}.tgz`),
    );
    const installed = Promise.all([installAll(project, tarballs, run), useSamplersAlone(tarballs, run)]);
    await Promise.all([lintTarballs(tarballs), installed]);
    await Promise.all([loadEntries(project, run), checkTypes(project, run), prepareByGpt2(project, run)]);
    bundleForBrowsers(project);
    checkOwnParts(project);
    await checkExamples(project, run);
    const version = (await run(join(project, 'node_modules/.bin/idlm'), ['--version'])).trim();
    console.log(`idlm ${version} runs from the packed tarball`);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

await useTarballs();
