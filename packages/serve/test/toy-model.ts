import { mdlm, udlm } from '@idlm/core-diffusion/sampling';
import { LETTERS, characterTokenizer } from '@idlm/data';
import type { DenoiseRequest } from '@idlm/samplers';
import { type ModelSource, type ServedModel, ownModel } from '../src';

/** Space and letters, with a mask. */
const tokenizer = characterTokenizer(LETTERS, 'letters');
const { vocabSize, maskId } = tokenizer;

/** What a toy is made with. */
interface ToyOptions {
  readonly id?: string;
  readonly length?: number;
  readonly steps?: number;
  readonly timeConditioned?: boolean;
  readonly timesPerRow?: boolean;
  /** True: noise is random tokens, which stay open to the end. */
  readonly isUniform?: boolean;
  readonly atOnce?: number;
  /** Waits before each call. */
  readonly before?: (request: DenoiseRequest) => Promise<void> | void;
}

/** A toy model with the calls of its network. */
export interface Toy {
  readonly source: ModelSource;
  readonly model: ServedModel;
  readonly calls: DenoiseRequest[];
}

/** Logits that depend on every token of their row, on their position and on the time, and on no other row. */
function logitsOf({ tokens, length, t, times, positions }: DenoiseRequest, timeConditioned: boolean): Float32Array {
  const logits = new Float32Array(positions.length * vocabSize);
  positions.forEach((position, n) => {
    const start = Math.floor(position / length) * length;
    let mixed = (position - start + 1) * 7 + (timeConditioned ? Math.round((times?.[start / length] ?? t) * 1000) : 0);
    for (let i = 0; i < length; i++) mixed = (mixed * 31 + tokens[start + i]! * (i + 3)) % 1_000_003;
    for (let v = 0; v < vocabSize; v++) logits[n * vocabSize + v] = 2 * Math.sin(mixed * (v + 1));
  });
  return logits;
}

/** A model of letters whose network is a few lines. */
export function toyModel(options: ToyOptions = {}): Toy {
  const {
    id = 'toy',
    length = 12,
    steps = 4,
    timeConditioned = false,
    timesPerRow = false,
    isUniform = false,
    atOnce = 1,
    before,
  } = options;
  const calls: DenoiseRequest[] = [];
  const model: ServedModel = {
    network: {
      atOnce,
      timesPerRow,
      async denoise(request) {
        calls.push(request);
        await before?.(request);
        await new Promise((resolve) => setImmediate(resolve));
        return logitsOf(request, timeConditioned);
      },
    },
    family: isUniform ? udlm({ vocabSize: maskId }) : mdlm({ vocabSize, maskId }),
    tokenizer,
    length,
    timeConditioned,
    sampling: { steps, temperature: 1, topP: 1 },
  };
  if (isUniform) {
    const denoise = model.network.denoise;
    const narrow = async (request: DenoiseRequest) => {
      const wide = await denoise(request);
      return wide.filter((_, i) => i % vocabSize < maskId);
    };
    const narrowed = { ...model, network: { ...model.network, denoise: narrow } };
    return { source: ownModel(id, narrowed), model: narrowed, calls };
  }
  return { source: ownModel(id, model), model, calls };
}

/** A gate that is shut until it is opened. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}
