#!/usr/bin/env node
// Packs every built package, installs the tarballs into an empty project and uses them from plain Node, as ES modules
// and as CommonJS: what a user who runs `npm install` gets, and not what the workspace happens to resolve.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { OWN_PACKAGE, checkOwnParts } from './own-parts/check.mjs';
import { checkExamples, copyExamples } from './packed/check-examples.mjs';
import { lintTarballs } from './packed/lint-tarballs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folders = readdirSync(join(root, 'packages'));
const manifests = folders.map((folder) =>
  JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
);

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
function checkTypes(project, run) {
  const text = entries.map((name, i) => `import * as entry${i} from '${name}';\nexport { entry${i} };\n`).join('');
  for (const file of ['types.mts', 'types.cts']) writeFileSync(join(project, file), text);
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--skipLibCheck',
    '--noEmit',
  ];
  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
  ]) {
    const files = resolution === 'bundler' ? ['types.mts'] : ['types.mts', 'types.cts'];
    const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022', ...strict];
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...files]);
  }
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
function useSamplersAlone(tarballs, run) {
  const project = mkdtempSync(join(tmpdir(), 'idlm-samplers-'));
  try {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'samplers-alone', private: true }));
    const needed = ['core-diffusion', 'samplers'].map((name) =>
      tarballs.find((file) => file.includes(`idlm-${name}-`)),
    );
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...needed], project);
    if (existsSync(join(project, 'node_modules/@tensorflow')))
      throw new Error('an installed @idlm/samplers must bring no TensorFlow.js; node_modules/@tensorflow exists');
    writeFileSync(join(project, 'sample.mjs'), samplingAlone);
    const tokens = run(process.execPath, ['sample.mjs'], project).trim();
    if (tokens !== '1 1 1 1 1 1') throw new Error(`samplers alone must write 1 1 1 1 1 1; they wrote ${tokens}`);
    const names = ['@idlm/samplers', '@idlm/samplers/conformance', '@idlm/core-diffusion/sampling'];
    writeFileSync(
      join(project, 'types.mts'),
      names.map((name, i) => `export * as entry${i} from '${name}';\n`).join(''),
    );
    const options = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom', '--strict', '--noEmit'];
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'types.mts'], project);
    console.log('samplers alone sample and pass strict checks of types without TensorFlow.js');
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** GPT-2's vocabulary comes with the command, and nothing is fetched for it. */
function prepareByGpt2(project, run) {
  writeFileSync(join(project, 'text.txt'), 'Hello world. '.repeat(50));
  const args = ['prepare', 'text.txt', '--tokenizer', 'gpt2', '--length', '16', '--out', 'prepared', '--json'];
  const { tokens } = JSON.parse(run(join(project, 'node_modules/.bin/idlm'), args));
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

async function useTarballs() {
  const project = mkdtempSync(join(tmpdir(), 'idlm-packed-'));
  const run = (command, args, cwd = project) =>
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  try {
    run('npm', ['pack', '--workspaces', '--silent', '--pack-destination', project], root);
    const tarballs = manifests.map(({ name, version }) =>
      join(project, `${name.slice(1).replace('/', '-')}-${version}.tgz`),
    );
    await lintTarballs(tarballs);
    useSamplersAlone(tarballs, run);
    copyExamples(project);
    const manifest = { name: 'downstream', private: true, workspaces: ['examples/*'] };
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
    run('npm', [
      'install',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '@tensorflow/tfjs-core@4.22.0',
      ...[...tarballs, join(project, run('npm', ['pack', OWN_PACKAGE, '--silent']).trim())],
    ]);
    for (const [file, text] of Object.entries(scripts)) {
      writeFileSync(join(project, file), text);
      run(process.execPath, [file]);
      console.log(`${file}: ${entries.length} entry points load from the packed tarballs`);
    }
    checkTypes(project, run);
    bundleForBrowsers(project);
    checkOwnParts(project);
    prepareByGpt2(project, run);
    await checkExamples(project, run);
    console.log(
      `idlm ${run(join(project, 'node_modules/.bin/idlm'), ['--version']).trim()} runs from the packed tarball`,
    );
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

await useTarballs();
