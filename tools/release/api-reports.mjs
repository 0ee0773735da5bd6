#!/usr/bin/env node
// The public surface of every entry of every built package, as packages/<name>/api/<entry>.api.md. Without arguments it fails
// where a report is not what the build exports; with --write it writes them. A change of a report is a change under semver.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const isWriting = process.argv.includes('--write');
const temporary = mkdtempSync(join(tmpdir(), 'idlm-api-'));

/** Entries of a package that have declarations: `index` for the package itself. */
function entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([key, target]) => {
    const types = target?.import?.types;
    if (!types) return [];
    const path = join(folder, types);
    if (!existsSync(path)) throw new Error(`${path} is not there: run npm run build first.`);
    return [{ name: key === '.' ? 'index' : key.slice(2).replaceAll('/', '-'), types: path }];
  });
}

function configOf(folder, { name, types }) {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            moduleResolution: 'bundler',
            module: 'esnext',
            target: 'es2022',
            lib: ['es2023'],
            types: ['node'],
            skipLibCheck: true,
          },
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(folder, 'api'),
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        // Names that only a signature mentions are no part of what a user imports; release tags and TSDoc's own syntax are not used.
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
}

/** All that is looked at, read by one compiler: most of its time goes to declarations that all have in common. */
function preparedEntries() {
  const entries = readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name);
    return entriesOf(folder).map((entry) => ({ ...entry, package: name, config: configOf(folder, entry) }));
  });
  const [first, ...others] = entries;
  const compilerState = CompilerState.create(first.config, { additionalEntryPoints: others.map(({ types }) => types) });
  return { entries, compilerState };
}

let stale = 0;
try {
  const { entries, compilerState } = preparedEntries();
  for (const { package: name, name: entry, config } of entries) {
    if (isWriting) mkdirSync(join(root, 'packages', name, 'api'), { recursive: true });
    const { apiReportChanged, errorCount } = Extractor.invoke(config, {
      compilerState,
      localBuild: isWriting,
      messageCallback: (message) => (message.handled = message.logLevel !== ExtractorLogLevel.Error),
    });
    if (errorCount) throw new Error(`The declarations of ${name} (${entry}) cannot be read.`);
    if (!apiReportChanged) continue;
    stale++;
    console.log(
      `packages/${name}/api/${entry}.api.md ${isWriting ? 'is written' : 'differs from what the build exports'}`,
    );
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (stale && !isWriting) {
  console.error('The public surface has changed: if that is meant, run "npm run api -- --write" and add a changeset.');
  process.exitCode = 1;
}
