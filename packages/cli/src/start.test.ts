import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadedPackages } from '@idlm/tools/loaded-packages';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');

it('writing and serving load nothing that judges texts, or reads tables of them', () => {
  const loaded = loadedPackages(
    `await Promise.all(['sample', 'serve'].map((name) => import(\`./src/commands/\${name}.ts\`)));`,
    folder,
  );
  expect(loaded).toContain('zod');
  const heavy = ['ml-pca', 'ml-kmeans', 'csv-parse', '@streamparser/json', 'yaml'];
  expect(heavy.filter((name) => loaded.has(name))).toEqual([]);
});

it('help loads the parser of the command line, and none of what commands work with', () => {
  const loaded = loadedPackages(
    `import { run } from './src/program.ts'; if ((await run(['train', '--help'])) !== 0) throw new Error('no help');`,
    folder,
  );
  expect(loaded).toContain('commander');
  const heavy = ['zod', 'yaml', 'csv-parse', 'koffi', '@huggingface/tokenizers', '@tensorflow/tfjs-core'];
  expect(heavy.filter((name) => loaded.has(name))).toEqual([]);
});
