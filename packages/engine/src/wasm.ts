/** The WASM engine alone, for Node and browsers: no module of Node's, nothing native. */
export { InputError } from './errors';
export { type WasmOptions, openWasm } from './wasm/open-wasm';
