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

// Rules that read types are in .oxlintrc.json: oxlint takes a seventh of the processor time that they take here.
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
    files: ['**/*.test.ts', '**/test/**', '**/examples/**', 'tools/**', 'benchmarks/**'],
    // Examples import their own package by its name, as a user does.
    rules: {
      '@nx/enforce-module-boundaries': boundaryRule(everything, true),
      'no-restricted-imports': 'off',
    },
  },
);
