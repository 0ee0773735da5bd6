import * as ort from 'onnxruntime-web/wasm';
import type { PageFile } from '../../src/manifest';
import { type FetchOptions, fetchFile } from '../download/fetch-file';
import { Fault } from '../fault';

/** ONNX Runtime's WebAssembly, compressed, whatever the server does; the bundler puts it in. */
declare const RUNTIME: PageFile;

/** The file that every model needs. */
export const runtimeFile: PageFile = RUNTIME;

async function decompressed(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

/** @throws Fault where the browser cannot run it */
function requireWebAssembly(): void {
  if ('WebAssembly' in globalThis) return;
  throw new Fault(
    'wasm',
    'This browser has no WebAssembly, or it is switched off; switch it on, or use another browser.',
  );
}

let isReady = false;

/** Makes sessions possible: fetches the runtime once. @throws Fault where it cannot be had */
export async function prepareRuntime(options: FetchOptions): Promise<void> {
  requireWebAssembly();
  if (isReady) return;
  const bytes = await fetchFile(runtimeFile, options);
  ort.env.wasm.wasmBinary = await decompressed(bytes as Uint8Array<ArrayBuffer>);
  // More threads need a page that is isolated from others, and gain little for one short text.
  ort.env.wasm.numThreads = 1;
  isReady = true;
}

/** A network that is ready to run. */
export const openSession = (graph: Uint8Array): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(graph, { executionProviders: ['wasm'] });

/** The class of its tensors. */
export const { Tensor } = ort;
