import { readdirSync } from 'node:fs';

const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs', importInterop: 'node' } },
];

/** One jest project per package; sources are reached through the custom export condition, so no build is needed. */
const project = (name) => ({
  displayName: name,
  rootDir: `packages/${name}`,
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  testEnvironment: '<rootDir>/../../tools/jest/environment.cjs',
  testEnvironmentOptions: { customExportConditions: ['@idlm/source', 'node', 'require', 'default'] },
  setupFilesAfterEnv: ['<rootDir>/../../tools/jest/matchers.ts'],
  transform: { '\\.(ts|mts|mjs)$': swc, 'node_modules/hy[^/]*/.*\\.js$': swc },
  transformIgnorePatterns: ['node_modules/(?!hy)'],
});

export default { projects: readdirSync('packages').map(project), testTimeout: 60_000, maxWorkers: 2 };
