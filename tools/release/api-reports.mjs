#!/usr/bin/env node
// The public surface of every entry of every built package, as packages/<name>/api/<entry>.api.md. Without arguments it fails
// where a report is not what the build exports; with --write it writes them. A change of a report is a change under semver.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const isWriting = process.argv.includes('--write');
const temporary = mkdtempSync(join(tmpdir(), 'idlm-api-'));

/** Entries of a package that have declarations: `index` for the package itself. */
function entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([key, target]) => {
    const types = target?.import?.types;
    return types
      ? [{ name: key === '.' ? 'index' : key.slice(2).replaceAll('/', '-'), types: join(folder, types) }]
      : [];
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

let stale = 0;
try {
  for (const name of readdirSync(join(root, 'packages'))) {
    const folder = join(root, 'packages', name);
    if (isWriting) mkdirSync(join(folder, 'api'), { recursive: true });
    for (const entry of entriesOf(folder)) {
      if (!existsSync(entry.types)) throw new Error(`${entry.types} is not there: run npm run build first.`);
      const { apiReportChanged, errorCount } = Extractor.invoke(configOf(folder, entry), {
        localBuild: isWriting,
        messageCallback: (message) => (message.handled = message.logLevel !== ExtractorLogLevel.Error),
      });
      if (errorCount) throw new Error(`The declarations of ${name} (${entry.name}) cannot be read.`);
      if (!apiReportChanged) continue;
      stale++;
      console.log(
        `packages/${name}/api/${entry.name}.api.md ${isWriting ? 'is written' : 'differs from what the build exports'}`,
      );
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (stale && !isWriting) {
  console.error('The public surface has changed: if that is meant, run "npm run api -- --write" and add a changeset.');
  process.exitCode = 1;
}
