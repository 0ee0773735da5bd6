import { open, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout, Sizes } from './layouts';

type Shape = readonly number[];

/** A tensor's name and shape, and the numbers that it is drawn from: even ones of a bound around a centre, or given ones. */
interface Drawn {
  readonly name: string;
  readonly shape: Shape;
  readonly bound: number;
  readonly centre?: number;
  readonly given?: Float32Array;
}

/** Most numbers that are held at once. */
const CHUNK = 1 << 20;

const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** The weights of a network, in the order of the references' modules; bounds are such that every part of it counts. */
function weights({ hidden, blocks, cond }: Sizes, rows: number): Drawn[] {
  const drawn: Drawn[] = [];
  const linear = (name: string, out: number, into: number, { bias = true, factor = 1 } = {}) => {
    const bound = factor / Math.sqrt(into);
    drawn.push({ name: `${name}.weight`, shape: [out, into], bound });
    if (bias) drawn.push({ name: `${name}.bias`, shape: [out], bound });
  };
  const norm = (name: string) => drawn.push({ name: `${name}.weight`, shape: [hidden], bound: 0.1, centre: 1 });
  drawn.push({ name: 'vocab_embed.embedding', shape: [rows, hidden], bound: 1.7 });
  linear('sigma_map.mlp.0', cond, 256);
  linear('sigma_map.mlp.2', cond, cond);
  for (let i = 0; i < blocks; i++) {
    const block = `blocks.${i}`;
    norm(`${block}.norm1`);
    linear(`${block}.attn_qkv`, 3 * hidden, hidden, { bias: false, factor: 1.7 });
    linear(`${block}.attn_out`, hidden, hidden, { bias: false, factor: 1.7 });
    norm(`${block}.norm2`);
    linear(`${block}.mlp.0`, 4 * hidden, hidden, { factor: 1.7 });
    linear(`${block}.mlp.2`, hidden, 4 * hidden, { factor: 1.7 });
    linear(`${block}.adaLN_modulation`, 6 * hidden, cond);
  }
  norm('output_layer.norm_final');
  linear('output_layer.linear', rows, hidden, { factor: 4 });
  linear('output_layer.adaLN_modulation', 2 * hidden, cond);
  return drawn;
}

/** What lies beside the weights. */
function buffers({ prefix, buffers: kinds }: Layout, { hidden, heads }: Sizes): Drawn[] {
  const scalar = (name: string, value: number): Drawn => ({ name, shape: [], bound: 0, given: Float32Array.of(value) });
  const width = hidden / heads;
  const frequencies = Float32Array.from({ length: width / 2 }, (_, i) => 10000 ** ((-2 * i) / width));
  const rotary = { name: `${prefix}rotary_emb.inv_freq`, shape: [width / 2], bound: 0, given: frequencies };
  return [
    ...(kinds.includes('rotary') ? [rotary] : []),
    ...(kinds.includes('sampling') ? [scalar('sampling_eps_min', 0.001), scalar('sampling_eps_max', 1)] : []),
  ];
}

/** Even numbers in [−1, 1), by a 32-bit linear congruential generator (Numerical Recipes): random enough for weights, and quick. */
function evenNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x80000000 - 1;
  };
}

/** The numbers of a tensor, some at a time. */
function* numbersOf({ shape, bound, centre = 0, given }: Drawn, next: () => number): Generator<Float32Array> {
  if (given) {
    yield given;
    return;
  }
  for (let left = sizeOf(shape); left > 0; left -= CHUNK)
    yield Float32Array.from({ length: Math.min(left, CHUNK) }, () => centre + bound * next());
}

async function writeSafetensors(path: string, tensors: readonly Drawn[]): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const { name, shape } of tensors) {
    const start = end;
    end += 4 * sizeOf(shape);
    header[name] = { dtype: 'F32', shape, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const file = await open(path, 'wx');
  try {
    await file.writeFile(Buffer.concat([length, padded]));
    const next = evenNumbers(1);
    for (const tensor of tensors)
      for (const numbers of numbersOf(tensor, next)) await file.writeFile(new Uint8Array(numbers.buffer));
  } finally {
    await file.close();
  }
}

/**
 * Writes a model with random weights into a new folder as a published one lies there: `config.json` and `model.safetensors`, nothing else.
 * It shares no code with what reads it.
 * @returns how many numbers it has, buffers counted
 */
export async function writeModel(folder: string, layout: Layout, sizes: Sizes): Promise<number> {
  const named = weights(sizes, layout.rows).map((drawn) => ({ ...drawn, name: layout.prefix + drawn.name }));
  const tensors = [...named, ...buffers(layout, sizes)];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(layout.config(sizes), undefined, 2));
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  return tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
