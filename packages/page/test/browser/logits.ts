import { onnxDenoiser } from '@idlm/onnx/runtime';
import * as ort from 'onnxruntime-web/wasm';

/** What the page is asked through the browser's debugger: logits by onnxruntime-web of a graph that lies beside it. */
Object.assign(globalThis, {
  async openGraph(path: string) {
    ort.env.wasm.wasmPaths = { wasm: '/ort.wasm' };
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(path, { executionProviders: ['wasm'] });
    const { denoise } = onnxDenoiser({ session, Tensor: ort.Tensor });
    return async (request: { tokens: number[]; length: number; t: number; positions: number[] }) => {
      const [tokens, positions] = [Int32Array.from(request.tokens), Int32Array.from(request.positions)];
      return Array.from(await denoise({ ...request, tokens, positions }));
    };
  },
});
