import { type Agreement, type AgreementOptions, compareNetworks } from '../agreement';
import type { OnnxDenoiser } from './denoiser';

/** Share of the largest logit that rounding in float32 stays below, however sums are ordered. */
const ROUNDING = 1e-3;

/** A network that is to be trusted, and what tells whether it may be. */
export interface TrustOptions extends AgreementOptions {
  /** The network that may compute wrongly, such as one on a graphics card. */
  readonly network: OnnxDenoiser;
  /** The same graph where it is known to compute rightly, such as by WebAssembly. */
  readonly reference: OnnxDenoiser;
  /** Positions that are compared (default 64). */
  readonly positions?: number;
  /** Largest difference of two logits, as a share of the largest, that is let pass (default 1e-3: rounding in float32). */
  readonly largest?: number;
}

/** The one of two networks that may be used. */
export interface TrustedDenoiser {
  readonly network: OnnxDenoiser;
  /** Whether it is the one that had to prove itself. */
  readonly isTrusted: boolean;
  /** How near its logits were to the reference's; undefined where it failed. */
  readonly agreement: Agreement | undefined;
}

/**
 * Takes a network only where a few of its logits are those of another one, else that other one: graphics cards, their drivers and what
 * runs graphs on them have been wrong without an error.
 * @throws whatever the reference throws
 * @example
 * ```ts no-run: WebGPU needs a browser
 * import { onnxDenoiser, trustedDenoiser } from '@idlm/onnx/runtime';
 * import * as ort from 'onnxruntime-web/webgpu';
 *
 * export async function openTrusted(graph: Uint8Array) {
 *   const open = async (provider: 'webgpu' | 'wasm') =>
 *     onnxDenoiser({
 *       session: await ort.InferenceSession.create(graph, { executionProviders: [provider] }),
 *       Tensor: ort.Tensor,
 *     });
 *   const [network, reference] = [await open('webgpu'), await open('wasm')];
 *   return trustedDenoiser({ network, reference, vocabSize: 28, length: 64 });
 * }
 * ```
 */
export async function trustedDenoiser(options: TrustOptions): Promise<TrustedDenoiser> {
  const { network, reference, positions = 64, largest = ROUNDING } = options;
  let failure: unknown;
  const found: OnnxDenoiser['denoise'] = async (request) => {
    try {
      return await network.denoise(request);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    const agreement = await compareNetworks(reference.denoise, found, { ...options, positions });
    // Logits that are no numbers make the difference none, which is not below anything.
    const isTrusted = agreement.largest <= largest;
    return { network: isTrusted ? network : reference, isTrusted, agreement };
  } catch (error) {
    if (error !== failure) throw error;
    return { network: reference, isTrusted: false, agreement: undefined };
  }
}
