import { join } from 'node:path';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Who may import whom: the arrows of docs/architecture.md. */
const arrows = {
  'core-diffusion': [],
  denoiser: ['core-diffusion'],
  'idlm-loss': ['core-diffusion'],
  samplers: ['core-diffusion'],
  data: ['core-diffusion'],
  evaluation: ['core-diffusion', 'samplers'],
  engine: ['core-diffusion'],
  hub: ['core-diffusion'],
  mpi: ['core-diffusion'],
  client: [],
  onnx: ['core-diffusion', 'denoiser'],
  page: ['client', 'core-diffusion', 'samplers', 'data', 'onnx'],
  trainer: ['core-diffusion', 'denoiser', 'idlm-loss', 'samplers', 'data', 'engine'],
  recipe: ['core-diffusion', 'denoiser', 'idlm-loss', 'samplers', 'data', 'evaluation', 'engine', 'onnx', 'trainer'],
  serve: ['client', 'core-diffusion', 'denoiser', 'samplers', 'data', 'onnx', 'recipe'],
  cli: [
    'core-diffusion',
    'denoiser',
    'idlm-loss',
    'samplers',
    'data',
    'evaluation',
    'engine',
    'onnx',
    'trainer',
    'recipe',
    'hub',
    'mpi',
    'serve',
    'page',
  ],
};
const boundaries = (extra) =>
  Object.entries(arrows).map(([name, allowed]) => ({
    sourceTag: `scope:${name}`,
    onlyDependOnLibsWithTags: [`scope:${name}`, ...allowed.map((other) => `scope:${other}`), ...extra],
  }));
/** Tests and examples may also use the fixtures of `tools` and any package. */
const everything = ['scope:tools', ...Object.keys(arrows).map((name) => `scope:${name}`)];
const boundaryRule = (extra, allowCircularSelfDependency = false) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    allowCircularSelfDependency,
    allow: [],
    depConstraints: [...boundaries(extra), { sourceTag: 'scope:tools', onlyDependOnLibsWithTags: everything }],
  },
];

/** Rules that read types: no promise is forgotten, and no `any` comes in unseen, but for what tests parse. */
const typed = [
  'await-thenable',
  'no-floating-promises',
  'no-for-in-array',
  'no-misused-promises',
  'no-unsafe-argument',
  'no-unsafe-assignment',
  'no-unsafe-call',
  'no-unsafe-member-access',
  'no-unsafe-return',
  'only-throw-error',
  'prefer-promise-reject-errors',
  'restrict-template-expressions',
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/coverage/**', '.nx/**', '.cache/**', '**/*.cjs'] },
  ...tseslint.configs.recommended,
  prettier,
  { plugins: { '@nx': nx } },
  {
    files: ['**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaryRule([]),
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400 }],
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: '@tensorflow/tfjs', message: 'It brings every backend; import @tensorflow/tfjs-core.' }],
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Draw from a RandomStream.' },
      ],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.name=/^(spawn|execFile)(Sync)?$/] Property[key.name="shell"]',
          message: 'No child process gets a shell; see tools/npm.mjs.',
        },
        { selector: 'CallExpression[callee.name=/^exec(Sync)?$/]', message: 'It runs a shell; use execFile or spawn.' },
        {
          selector: 'BinaryExpression[operator="instanceof"][right.name=/^(InputError|UnknownName)$/]',
          message: 'A process may hold several copies of the class; use isInputError or isUnknownName.',
        },
      ],
    },
  },
  {
    files: ['packages/*/{src,test,examples}/**/*.ts', 'tools/**/*.ts', 'benchmarks/**/*.ts'],
    languageOptions: { parserOptions: { project: join(import.meta.dirname, 'tsconfig.json') } },
    rules: Object.fromEntries(typed.map((rule) => [`@typescript-eslint/${rule}`, 'error'])),
  },
  {
    files: ['packages/page/{browser,worker,service-worker}/**/*.ts'],
    languageOptions: {
      parserOptions: {
        project: ['browser', 'worker'].map((folder) =>
          join(import.meta.dirname, `packages/page/${folder}/tsconfig.json`),
        ),
      },
    },
    rules: Object.fromEntries(typed.map((rule) => [`@typescript-eslint/${rule}`, 'error'])),
  },
  {
    files: ['**/*.test.ts', '**/test/**', '**/examples/**', 'tools/**', 'benchmarks/**'],
    // Examples import their own package by its name, as a user does.
    rules: {
      '@nx/enforce-module-boundaries': boundaryRule(everything, true),
      'no-restricted-imports': 'off',
    },
  },
  {
    files: ['**/*.test.ts', '**/test/**'],
    rules: Object.fromEntries(
      typed.filter((rule) => rule.startsWith('no-unsafe')).map((rule) => [`@typescript-eslint/${rule}`, 'off']),
    ),
  },
);
