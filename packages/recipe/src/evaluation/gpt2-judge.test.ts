import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Spec } from '@idlm/core-diffusion';
import { gpt2Tokenizer, loadTokenizer } from '@idlm/data';
import { hashWeights } from '@idlm/denoiser/node';
import { type TextScorer, scorers } from '@idlm/evaluation';
import { useBackend } from '@idlm/tools/backend';
import { checkConfig } from '../config/checks';
import { resolveConfig } from '../config/load';
import { placedJudge } from './gpt2-judge';
import './judges';
import { textBytes } from './measures';

const FIXTURE = join(__dirname, '../../../denoiser/test/fixtures/gpt2');

interface Golden {
  readonly texts: { readonly text: string; readonly ids: number[] }[];
  readonly nll: number[];
}

let golden: Golden;
let folder: string;
beforeAll(async () => {
  await useBackend();
  golden = JSON.parse(await readFile(join(FIXTURE, 'golden.json'), 'utf8')) as Golden;
  folder = await mkdtemp(join(tmpdir(), 'judge-'));
});
afterAll(() => rm(folder, { recursive: true }));

const context = { train: [], vocabSize: 4, decode: String };
const open = async (options: Required<Spec>['options'], length?: number) =>
  (await scorers.create({ name: 'gpt2', options }, { ...context, length })) as TextScorer;

describe('the judge gpt2', () => {
  it('gives the losses of transformers for the texts themselves, whatever their models read', async () => {
    const judge = await open({ model: FIXTURE });
    const [first, second] = golden.texts;
    // The name is that of a size; the hash says which weights they are.
    expect(judge.weights).toBe(await hashWeights(FIXTURE));
    const [weight] = await judge.weigh([first!.text]);
    expect(weight!.nats).toBeCloseTo(
      golden.nll.reduce((a, b) => a + b, 0),
      4,
    );
    expect(weight).toMatchObject({ tokens: 31, bytes: first!.text.length - 2 });
    // Its end of a text counts, and is no text.
    const [ended] = await judge.weigh([second!.text]);
    expect(ended!.tokens).toBe(second!.ids.length - 2);
    // The first token of each window of 32 is read, and not scored.
    const { decode } = await loadTokenizer(FIXTURE);
    const unscored = decode([second!.ids[0]!, second!.ids[32]!]);
    expect(ended!.bytes).toBe(second!.text.length - '<|endoftext|>'.length - unscored.length);
    judge.dispose!();
  });

  it('reads as many tokens of a text as samples have', async () => {
    const judge = await open({ model: FIXTURE }, 6);
    const [weight] = await judge.weigh([golden.texts[0]!.text]);
    expect(weight!.tokens).toBe(5);
    judge.dispose!();
  });

  it('is recorded with the place of its folder, so that records are read from anywhere', () => {
    const placed = placedJudge({ name: 'gpt2', options: { model: relative('.', FIXTURE) } });
    expect(placed).toEqual({ name: 'gpt2', options: { model: FIXTURE } });
    const others = [
      { name: 'gpt2', options: { model: 'no/such/folder' } },
      { name: 'repeats', options: { model: FIXTURE } },
    ];
    expect(others.map(placedJudge)).toEqual(others);
  });

  it('is chosen in a configuration', () => {
    const { config } = resolveConfig({ settings: ['scorers.judges=[{name: gpt2, options: {model: here}}]'] });
    expect(checkConfig(config)).toEqual([]);
  });

  it('is refused without a folder, for another model, and without a tokenizer that fits', async () => {
    await expect(open({})).rejects.toThrow('The judge gpt2 needs the folder of a GPT-2');
    await expect(open({ folder: 'x' })).rejects.toThrow('the gpt2 judge has no option "folder"');
    await expect(open({ model: 3 })).rejects.toThrow('must be a text; 3 was given');
    const bare = join(folder, 'bare');
    await cp(FIXTURE, bare, { recursive: true, filter: (path) => !path.includes('tokenizer') });
    await expect(open({ model: bare })).rejects.toThrow(
      "knows 291 tokens, and GPT-2's tokenizer has 50257; put the tokenizer.json of this model into its folder",
    );
    const other = join(__dirname, '../../../cli/assets/scorer');
    await expect(open({ model: other })).rejects.toThrow('is no GPT-2; give it with --scorer');
    const fields = JSON.parse(await readFile(join(bare, 'config.json'), 'utf8')) as object;
    const scaled = { ...fields, scale_attn_by_inverse_layer_idx: true };
    await writeFile(join(bare, 'config.json'), JSON.stringify(scaled));
    await expect(open({ model: bare })).rejects.toThrow('has scale_attn_by_inverse_layer_idx true');
  });
});

describe('bytes of a text', () => {
  it('are those of its UTF-8 without what ends it', async () => {
    const tokenizer = await gpt2Tokenizer();
    const bytes = textBytes(tokenizer, (ids) => tokenizer.decode(ids));
    const text = 'Café – 12 €';
    const ids = tokenizer.encode(text);
    expect(bytes(ids)).toBe(Buffer.byteLength(text));
    expect(bytes(Int32Array.of(50256, ...ids, 50256))).toBe(Buffer.byteLength(text));
    // A window may end within a character: two of the three bytes of 日 are a token.
    expect(bytes(tokenizer.encode('日').subarray(0, 1))).toBe(2);
  });
});
