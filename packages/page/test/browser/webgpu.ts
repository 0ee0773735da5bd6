import { onnxDenoiser, trustedDenoiser } from '@idlm/onnx/runtime';
import * as ort from 'onnxruntime-web/webgpu';

/** What the page is asked through the browser's debugger: whether logits by WebGPU are those of WebAssembly. */
Object.assign(globalThis, {
  async trustGraph(path: string, sizes: { vocabSize: number; length: number; positions: number }) {
    ort.env.wasm.wasmPaths = { wasm: '/ort.wasm' };
    ort.env.wasm.numThreads = 1;
    const open = async (provider: 'webgpu' | 'wasm') => {
      const session = await ort.InferenceSession.create(path, { executionProviders: [provider] });
      return onnxDenoiser({ session, Tensor: ort.Tensor });
    };
    const [network, reference] = [await open('webgpu'), await open('wasm')];
    const { isTrusted, agreement } = await trustedDenoiser({ network, reference, ...sizes });
    return { isTrusted, agreement };
  },
});
