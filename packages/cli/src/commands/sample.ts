import { InputError } from '@idlm/core-diffusion';
import { type Tokenizer, loadTokenizer } from '@idlm/data';
import { FREE, clampPrompt } from '@idlm/samplers';
import { modelFolder } from '../jobs/model-folder';
import { type WriteRequest, type Writer, openWriter } from '../jobs/writers';
import { type Terminal, terminalReporter } from '../terminal';
import { type ConfigOptions, openConfigured, readLoadedConfig, wholeNumber } from './shared';

/** Options of `idlm sample`. */
export interface SampleOptions extends ConfigOptions {
  readonly model: string;
  readonly count: string;
  readonly steps?: string;
  readonly length?: string;
  readonly prompt?: string;
  readonly frames?: boolean;
}

/** Tokens of a text. @throws InputError for more than the model reads */
function lengthOf({ length: asked }: SampleOptions, { network }: Writer): number {
  const length = wholeNumber('--length', asked ?? String(network.length));
  if (length > network.length)
    throw new InputError(`The model reads at most ${network.length} tokens; --length ${length} was given.`);
  return length;
}

/** What texts are written with. */
interface Writing {
  readonly writer: Writer;
  readonly tokenizer: Tokenizer;
  readonly length: number;
  readonly terminal: Terminal;
}

/** Writes the texts of a batch, with every step on the way if `frames`. */
async function writeBatch(
  { writer, tokenizer, length, terminal }: Writing,
  request: WriteRequest,
  frames: boolean,
): Promise<void> {
  const { batch, firstRow } = request;
  // What an autoregressive model has not yet written is no token.
  const textOf = (tokens: Int32Array, row: number) =>
    tokenizer.decode(tokens.subarray(row * length, (row + 1) * length).filter((token) => token !== FREE));
  const print = (tokens: Int32Array, numbers: object) => {
    for (let row = 0; row < batch; row++) {
      const text = textOf(tokens, row);
      terminal.result({ sample: firstRow + row, ...numbers, text }, () => text);
    }
  };
  if (frames) {
    for await (const { step, t, tokens, networkCalls } of writer.write(request))
      print(tokens, { step, t, networkCalls });
  } else {
    const { tokens, networkCalls } = await writer.writeAll(request);
    print(tokens, { steps: writer.steps(length), networkCalls });
  }
}

/** `idlm sample`: texts on stdout, one per line; every frame with `--frames`. */
export async function sampleCommand(options: SampleOptions, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const loaded = await readLoadedConfig(options);
  const folder = await modelFolder(options.model);
  const tokenizer = await loadTokenizer(folder);
  const count = wholeNumber('--count', options.count);
  const steps = options.steps === undefined ? undefined : wholeNumber('--steps', options.steps);
  const engine = await openConfigured(loaded.config, terminalReporter(terminal));
  const prompt = options.prompt === undefined ? undefined : tokenizer.encode(options.prompt);
  const hasPrompt = prompt !== undefined && prompt.length > 0;
  const writer = await openWriter({ loaded, folder, tokenizer, engine, count, steps, hasPrompt });
  try {
    const length = lengthOf(options, writer);
    const most = loaded.config.sampling.batch;
    for (let firstRow = 0; firstRow < count; firstRow += most) {
      const batch = Math.min(most, count - firstRow);
      const clamp = prompt && clampPrompt(prompt, batch, length);
      const request = { batch, length, firstRow, clamp, signal };
      await writeBatch({ writer, tokenizer, length, terminal }, request, options.frames ?? false);
    }
  } finally {
    writer.dispose();
  }
}
