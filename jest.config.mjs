const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs', importInterop: 'swc' } },
];

/** Dependencies published as ES modules only, which jest must be given as CommonJS. */
const esmOnly = 'node_modules/(?:hy|ml-|d3-|internmap|is-any-array|markdown-table|pbf|@bomb|@noble)';

/** What tfjs-core publishes for bundlers alone. */
const registrations = 'packages/engine/src/tfjs-registrations.ts';

/** One configuration for all packages: with one for each, jest transforms a source anew for every package that imports it. */
export default {
  // Sources are reached through the custom export condition, so no build is needed.
  testEnvironment: '<rootDir>/tools/jest/environment.cjs',
  testEnvironmentOptions: { customExportConditions: ['@idlm/source', 'node', 'require', 'default'] },
  roots: ['<rootDir>/packages'],
  testMatch: ['<rootDir>/packages/*/{src,test}/**/*.test.ts'],
  setupFilesAfterEnv: ['<rootDir>/tools/jest/matchers.ts'],
  moduleNameMapper: {
    '^#tfjs-registrations$': `<rootDir>/${registrations}`,
    '/threads/worker-program$': '<rootDir>/tools/jest/worker-program.ts',
  },
  transform: {
    [registrations]: '<rootDir>/tools/jest/bundled.cjs',
    '\\.(ts|mts|mjs)$': swc,
    [`${esmOnly}.*\\.js$`]: swc,
  },
  transformIgnorePatterns: [`node_modules/(?!${esmOnly.slice('node_modules/'.length)})`],
  testTimeout: 60_000,
  maxWorkers: 2,
};
