const { rmSync } = require('node:fs');
const { dirname } = require('node:path');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');
require('./compiled-once.cjs');

/**
 * Runs something while each context that is made has an ordinary global object. What jest makes a context of is a proxy (jest 30.5),
 * which is asked at every look at a global.
 */
function withOrdinaryGlobals(run) {
  const { createContext } = vm;
  vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
  try {
    return run();
  } finally {
    vm.createContext = createContext;
  }
}

/** Programs of threads by their sources, made once per process and not once per file. */
const threadPrograms = new Map();
process.on('exit', () => {
  for (const program of threadPrograms.values()) rmSync(dirname(program), { recursive: true, force: true });
});

/**
 * Jest runs tests in their own realm, where typed arrays made by native code fail `instanceof`.
 * Sharing the outer realm's constructors makes backends see one set of classes (jest #2549).
 */
class SharedTypedArrays extends TestEnvironment {
  constructor(config, context) {
    withOrdinaryGlobals(() => super(config, context));
    this.global.threadPrograms = threadPrograms;
    for (const name of [
      'ArrayBuffer',
      'SharedArrayBuffer',
      'DataView',
      'Uint8Array',
      'Uint8ClampedArray',
      'Int8Array',
      'Int16Array',
      'Uint16Array',
      'Int32Array',
      'Uint32Array',
      'Float32Array',
      'Float64Array',
      'BigInt64Array',
      'BigUint64Array',
    ]) {
      this.global[name] = globalThis[name];
    }
  }
}

module.exports = SharedTypedArrays;
