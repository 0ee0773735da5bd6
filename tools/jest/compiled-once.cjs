const vm = require('node:vm');

/** Scripts of this process by file name. */
const scripts = new Map();
const { compileFunction } = vm;

function compiled(source, parameters, filename) {
  const known = scripts.get(filename);
  if (known?.source === source) return known.script;
  const head = `(function (${parameters}) {`;
  const script = new vm.Script(`${head}${source}\n})`, { filename, columnOffset: -head.length });
  scripts.set(filename, { source, script });
  return script;
}

/**
 * Keeps what jest compiles of a module for the test files that follow in the same process: each has a realm of its own, and jest would
 * have Node parse and compile all that a file imports anew for it. The function is made anew in each realm, so nothing is shared but code.
 */
vm.compileFunction = (source, parameters, options) =>
  parameters?.[0] === 'module' && options.parsingContext
    ? compiled(source, parameters, options.filename).runInContext(options.parsingContext)
    : compileFunction(source, parameters, options);
