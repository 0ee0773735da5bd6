const { createHash } = require('node:crypto');
const { buildSync, version } = require('esbuild');
const tfjs = require('@tensorflow/tfjs-core/package.json');

/**
 * Makes one script of a file and all that it imports, as the build does: jest would resolve, read and compile each of the 400 files
 * of tfjs-core anew for every test file, which takes longer than most tests.
 */
module.exports = {
  process(_source, filename) {
    const { outputFiles } = buildSync({
      entryPoints: [filename],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      write: false,
      logLevel: 'error',
    });
    return { code: outputFiles[0].text };
  },
  getCacheKey: (source, filename) =>
    createHash('sha256').update([source, filename, version, tfjs.version].join('\0')).digest('hex'),
};
