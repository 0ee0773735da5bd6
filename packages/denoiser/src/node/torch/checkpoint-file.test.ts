import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, isInputError } from '@idlm/core-diffusion';
import { withoutSums } from '@idlm/tools/without-sums';
import fc from 'fast-check';
import { shapesOf } from '../../registry';
import { toFloat32 } from '../../safetensors/numbers';
import { openTorchCheckpoint, readTorchCheckpoint } from './checkpoint-file';
import { describeCheckpoint } from './describe-checkpoint';
import { dataOf, zipMembers } from './zip-directory';

const FOLDER = join(__dirname, '../../../test/checkpoints');
const inFolder = (name: string) => join(FOLDER, name);

/** Names in the order of the script that wrote the files, whose numbers tell their places. */
const ORDER = [
  ...['vocab_embed.embedding', 'sigma_map.mlp.0.weight', 'sigma_map.mlp.0.bias', 'sigma_map.mlp.2.weight'],
  ...['sigma_map.mlp.2.bias', 'rotary_emb.inv_freq'],
  ...['norm1.weight', 'attn_qkv.weight', 'attn_out.weight', 'norm2.weight', 'mlp.0.weight', 'mlp.0.bias'].map(
    (name) => `blocks.0.${name}`,
  ),
  ...['mlp.2.weight', 'mlp.2.bias', 'adaLN_modulation.weight', 'adaLN_modulation.bias'].map(
    (name) => `blocks.0.${name}`,
  ),
  ...['norm_final.weight', 'linear.weight', 'linear.bias', 'adaLN_modulation.weight', 'adaLN_modulation.bias'].map(
    (name) => `output_layer.${name}`,
  ),
];

/** What the script wrote as a tensor. */
const written = (name: string, size: number, factor = 1): Float32Array =>
  Float32Array.from({ length: size }, (_, j) => factor * (ORDER.indexOf(name) + 1 + 0.001 * j));

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

async function expectNumbers(path: string, prefix: string, weights: 'ema' | 'raw', factorOf: (name: string) => number) {
  const source = await openTorchCheckpoint(path, weights);
  try {
    expect(Object.keys(source.tensors)).toEqual(ORDER.map((name) => prefix + name));
    for (const name of ORDER) {
      const entry = await source.read(prefix + name);
      expect([name, toFloat32(entry)]).toEqual([name, written(name, sizeOf(entry.shape), factorOf(name))]);
    }
  } finally {
    await source.close();
  }
}

const isBuffer = (name: string) => name === 'rotary_emb.inv_freq';

describe('a checkpoint of Lightning', () => {
  it('gives the weights, views with offsets and swapped strides among them', () =>
    expectNumbers(inFolder('mdlm.ckpt'), 'backbone.', 'raw', () => 1));

  it('gives the running averages, which are a list, by name; buffers have none', () =>
    expectNumbers(inFolder('mdlm.ckpt'), 'backbone.', 'ema', (name) => (isBuffer(name) ? 1 : 2)));

  it("leaves a teacher's weights out", async () => {
    await expectNumbers(inFolder('duo-distilled.ckpt'), 'backbone.', 'ema', (name) => (isBuffer(name) ? 1 : 2));
    const source = await openTorchCheckpoint(inFolder('duo-distilled.ckpt'));
    expect([source.weights, source.notes]).toEqual([
      'ema',
      expect.arrayContaining(['Tensors of other modules were left out: teacher (21).']),
    ]);
    await source.close();
  });

  it('tells network and family from its settings, and what of Python was named and not run', async () => {
    const source = await openTorchCheckpoint(inFolder('mdlm.ckpt'));
    const { type, network, family, assumed } = await describeCheckpoint(source);
    await source.close();
    expect({ type, network, family }).toEqual({
      type: 'mdlm',
      network: {
        type: 'dit',
        config: { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 12, length: 6, timeConditioned: false },
      },
      family: { name: 'mdlm', options: { schedule: { name: 'log-linear', options: { eps: 0.001 } } } },
    });
    expect(Object.keys(shapesOf(network)).sort()).toEqual(ORDER.filter((name) => !isBuffer(name)).sort());
    expect(assumed).toEqual(['Weights are the running average (ema).', expect.stringContaining('functools.partial')]);
  });
});

describe('tied tensors', () => {
  const names = ['vocab_embed.embedding', 'output_layer.linear.weight'].map((name) => `backbone.${name}`);

  it.each([
    ['ema', 2],
    ['raw', 1],
  ] as const)('have the same numbers under both names, and one running average: %s', async (weights, factor) => {
    const source = await openTorchCheckpoint(inFolder('tied.ckpt'), weights);
    for (const name of names)
      expect(toFloat32(await source.read(name))).toEqual(written('vocab_embed.embedding', 96, factor));
    // The one that stands behind the tie in the list of averages.
    const bias = 'output_layer.linear.bias';
    expect(toFloat32(await source.read(`backbone.${bias}`))).toEqual(written(bias, 12, factor));
    await source.close();
  });
});

describe('types that are no weights', () => {
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7];

  it('are read as bytes where safetensors has them too, and left out where it has not', async () => {
    const source = await openTorchCheckpoint(inFolder('kinds.pt'));
    expect(source.notes).toEqual(['What is no tensor of a known type was left out: complex128, float4.']);
    const bytesOf = async (name: string) => (await source.read(name)).bytes;
    // 0, 1, 2 … 7 with 3 and 2 bits of fraction.
    expect([...(await bytesOf('float8_e4m3fn'))]).toEqual([0, 56, 64, 68, 72, 74, 76, 78]);
    expect([...(await bytesOf('float8_e5m2'))]).toEqual([0, 60, 64, 66, 68, 69, 70, 71]);
    expect([...new Uint16Array((await bytesOf('uint16')).buffer)]).toEqual(numbers);
    const complex = new Float32Array((await bytesOf('complex64')).buffer);
    expect([...complex]).toEqual(numbers.flatMap((one) => [one, 0]));
    for (const name of ['float8_e4m3fn', 'complex64', 'uint16', 'bool']) {
      const entry = await source.read(name);
      expect(() => toFloat32(entry, name)).toThrow(`${name} is of type ${entry.dtype}, which is not read as weights`);
    }
    expect([...toFloat32(await source.read('float64'))]).toEqual(numbers);
    await source.close();
  });
});

describe('a saved state_dict', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'state-'));
    await copyFile(inFolder('halves.pt'), join(folder, 'halves.pt'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('needs a config.json beside it for what tensors do not tell', async () => {
    const source = await openTorchCheckpoint(join(folder, 'halves.pt'));
    expect([source.weights, source.tensors['vocab_embed.embedding']]).toEqual([
      'raw',
      { dtype: 'BF16', shape: [12, 8] },
    ]);
    await expect(describeCheckpoint(source)).rejects.toThrow(
      'does not say model_length, which its tensors do not tell',
    );
    const sizes = { hidden_dim: 8, n_blocks: 1, n_heads: 2, cond_dim: 4, vocab_size: 12, model_length: 6 };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'duo', ...sizes }));
    expect(await describeCheckpoint(source)).toMatchObject({
      type: 'duo',
      network: { config: { timeConditioned: true } },
    });
    // bfloat16 keeps 8 bits of a number.
    const [first] = toFloat32(await source.read('output_layer.linear.bias'));
    expect(first).toBe(19);
    await source.close();
  });

  it('has no running average to ask for', async () => {
    await expect(openTorchCheckpoint(join(folder, 'halves.pt'), 'ema')).rejects.toThrow(
      'holds no running average (ema)',
    );
  });

  it.each([
    ['is packed', (entry: Buffer) => entry.writeUInt16LE(8, 10), 'compressed, as torch.save never writes it'],
    [
      'claims to be packed into what is there',
      (entry: Buffer) => entry.writeUInt32LE(0x7fffffff, 24),
      'compressed, as torch.save never writes it',
    ],
    [
      'claims more than there is',
      (entry: Buffer) => [20, 24].forEach((at) => entry.writeUInt32LE(0x7fffffff, at)),
      'claims 2147483647 bytes of',
    ],
  ])('is refused where a file in it %s, before that is read', async (_, change, sentence) => {
    const bytes = await readFile(join(folder, 'halves.pt'));
    change(bytes.subarray(bytes.indexOf('PK\x01\x02')));
    const path = join(folder, 'claims.ckpt');
    await writeFile(path, bytes);
    await expect(openTorchCheckpoint(path)).rejects.toThrow(sentence);
  });

  it.each([
    ['empty.ckpt', '', 'is no checkpoint of torch.save'],
    ['pointer.ckpt', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', 'is a Git LFS pointer'],
    ['old.ckpt', '\x80\x02}q\x00.', 'is a Python pickle'],
    ['cut.ckpt', 'PK\x03\x04 and then nothing of an archive', 'it has no directory at its end'],
  ])('is refused where it is none: %s', async (name, content, sentence) => {
    const path = join(folder, name);
    await writeFile(path, content, 'latin1');
    await expect(openTorchCheckpoint(path)).rejects.toThrow(sentence);
    await expect(openTorchCheckpoint(path)).rejects.toThrow(InputError);
  });
});

describe('a checkpoint of half a gigabyte, of which its first bytes and its directory are there', () => {
  const [SIZE, LIMIT] = [1 << 29, 1 << 28];
  const file = readFileSync(inFolder('mdlm.ckpt'));
  const from = file.indexOf('PK\x01\x02');

  /** What reads it, with other claims in its directory; more than a little is never read. */
  function claiming(change: (ends: { pickle: Buffer; longEnd: Buffer }) => void) {
    const tail = Buffer.from(file.subarray(from));
    const gap = SIZE - file.length;
    const longEnd = tail.subarray(tail.indexOf('PK\x06\x06'));
    longEnd.writeBigUInt64LE(BigInt(from + gap), 48);
    tail.writeBigUInt64LE(BigInt(from + gap + tail.indexOf('PK\x06\x06')), tail.indexOf('PK\x06\x07') + 8);
    change({ pickle: tail, longEnd });
    return readTorchCheckpoint({
      path: 'x.ckpt',
      size: SIZE,
      read: async (first, end) => {
        if (end - first > 1e6) throw new RangeError(`${end - first} bytes are read`);
        const byteAt = (at: number) => (at < from ? file[at]! : (tail[at - from - gap] ?? 0));
        return Uint8Array.from({ length: end - first }, (_, i) => byteAt(first + i));
      },
    });
  }

  it('is read where its claims are right', async () => {
    expect(Object.keys((await claiming(() => {})).tensors)).toHaveLength(ORDER.length);
  });

  it.each([
    [LIMIT, `${LIMIT} bytes are read`],
    [LIMIT + 1, `x.ckpt holds data.pkl of ${LIMIT + 1} bytes, and at most ${LIMIT} are read.`],
  ])('has a pickle of %d bytes at most read', async (size, sentence) => {
    const asked = claiming(({ pickle }) => [20, 24].forEach((at) => pickle.writeUInt32LE(size, at)));
    await expect(asked).rejects.toThrow(sentence);
  });

  it.each([
    [LIMIT, `${LIMIT} bytes are read`],
    [LIMIT + 1, `x.ckpt is no whole zip archive: its directory claims ${LIMIT + 1} bytes.`],
  ])('has a directory of %d bytes at most read', async (size, sentence) => {
    const asked = claiming(({ longEnd }) => {
      longEnd.writeBigUInt64LE(BigInt(size), 40);
      longEnd.writeBigUInt64LE(0n, 48);
    });
    await expect(asked).rejects.toThrow(sentence);
  });
});

/** Mutations of a file: bytes changed, cut off, or taken from elsewhere. */
const mutated = (file: Uint8Array, area: () => { from: number; to: number }): fc.Arbitrary<Uint8Array> => {
  const { from, to } = area();
  const place = fc.integer({ min: from, max: to - 1 });
  const change = fc.record({ at: place, value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)) });
  return fc.oneof(
    fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => {
      const copy = file.slice();
      for (const { at, value } of changes) copy[at] = value;
      return copy;
    }),
    fc.nat(file.length - 1).map((end) => file.slice(0, end)),
    fc.tuple(place, place, fc.nat(40)).map(([a, b, size]) => {
      const copy = file.slice();
      copy.copyWithin(a, b, b + size);
      return copy;
    }),
  );
};

describe('checksums', () => {
  const whole = readFileSync(inFolder('mdlm.ckpt'));
  const rangesOf = (file: Uint8Array) => ({
    path: 'x.ckpt',
    size: file.length,
    read: async (from: number, to: number) => file.slice(from, to),
  });
  const open = (file: Uint8Array) => readTorchCheckpoint(rangesOf(file), 'raw');

  /** A copy with another byte at the end of a member of the archive. */
  async function altered(name: string, change = (file: Uint8Array) => file) {
    const { read, size: total } = rangesOf(whole);
    const member = (await zipMembers(read, total, 'x.ckpt')).get(`mdlm/${name}`)!;
    const { from, size } = await dataOf(read, member, total, 'x.ckpt');
    const copy = Uint8Array.from(whole);
    copy[from + size - 1]! ^= 1;
    return open(change(copy));
  }

  it('tell a byte that was changed in what tensors hold, whole storages and views of a part', async () => {
    const { tensors } = await open(whole);
    const refused = new Set<string>();
    for (let storage = 0; storage < ORDER.length; storage++) {
      const { read } = await altered(`data/${storage}`);
      for (const name of Object.keys(tensors)) await read(name).catch(({ message }: Error) => refused.add(message));
    }
    expect(refused.size).toBe(ORDER.length);
    for (const message of refused)
      expect(message).toMatch(/^x\.ckpt holds mdlm\/data\/\d+ with other bytes than were written/);
  });

  it('tell one in the pickle, and nothing where the archive has none', async () => {
    await expect(altered('data.pkl')).rejects.toThrow('x.ckpt holds mdlm/data.pkl with other bytes than were written');
    const { read, tensors } = await altered('data/0', withoutSums);
    for (const name of Object.keys(tensors)) expect((await read(name)).bytes.length).toBeGreaterThan(0);
  });
});

describe('damaged checkpoints', () => {
  const file = withoutSums(readFileSync(inFolder('mdlm.ckpt')));
  const indexOf = (text: string, from = 0) => Buffer.from(file).indexOf(text, from, 'latin1');
  const pickle = () => ({ from: indexOf('data.pkl'), to: indexOf('PK\x07\x08') });
  const directory = () => ({ from: indexOf('PK\x01\x02'), to: file.length });
  const whole = () => ({ from: 0, to: file.length });
  const runs = Number(process.env['IDLM_FUZZ_RUNS'] ?? 400);

  it.each([
    ['pickle', pickle],
    ['directory', directory],
    ['whole file', whole],
  ])('are refused in a sentence, or read without harm: %s', async (_, area) => {
    const outcomes = { refused: 0, read: 0 };
    await fc.assert(
      fc.asyncProperty(mutated(file, area), async (bytes) => {
        const read = async (from: number, to: number) => {
          // What a file does not hold is never asked for.
          expect(from >= 0 && from <= to && to <= bytes.length).toBe(true);
          return bytes.slice(from, to);
        };
        try {
          const source = await readTorchCheckpoint({ path: 'x.ckpt', size: bytes.length, read });
          await describeCheckpoint({ ...source, close: async () => {} });
          for (const name of Object.keys(source.tensors)) await source.read(name);
          outcomes.read++;
        } catch (error) {
          if (!isInputError(error)) throw error;
          outcomes.refused++;
        }
      }),
      { numRuns: runs, seed: 1 },
    );
    expect(outcomes.refused).toBeGreaterThan(runs / 10);
  });
});
