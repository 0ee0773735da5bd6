import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { denoisers } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import type { ResultManifest } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import { idlm } from '../test/command-line';

const SCORER = join(__dirname, '../assets/scorer');
const GPT2 = join(__dirname, '../../denoiser/test/fixtures/gpt2');

const LENGTH = 64;
const TEXT = 'the quick brown fox jumps over the lazy dog '.repeat(6).trim();

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zero-shot-'));
  await writeFile(inFolder('text.txt'), TEXT);
});
afterAll(() => rm(folder, { recursive: true }));

async function evaluated(...argv: string[]): Promise<ResultManifest> {
  const { code, err } = await idlm(
    ...['eval', '--baseline', SCORER, '--scorer', GPT2, '--engine', 'wasm', '--out', inFolder('eval')],
    ...['--set', `data.corpus=${inFolder('text.txt')}`, '--set', 'evaluation.samples=2', ...argv],
  );
  expect([code, err]).toEqual([0, expect.stringContaining('All of the text is held out.')]);
  return JSON.parse(await readFile(inFolder('eval', 'manifest.json'), 'utf8')) as ResultManifest;
}

/** −Σ ln p of every letter but the first of a window, by the network itself, in nats. */
async function natsOf(windows: readonly string[]): Promise<number> {
  const { network, parameters } = await loadModel(SCORER);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const ids = windows.map((window) => Array.from(window, (letter) => 1 + letters.indexOf(letter)));
  const logits = tf.tidy(() => {
    const input = { ids: tf.tensor2d(ids, [windows.length, LENGTH], 'int32') };
    return denoisers.create(network).apply(parameters, input, tf.zeros([windows.length]));
  });
  const values = tf.reshape(logits, [windows.length, LENGTH, -1]).arraySync() as number[][][];
  tf.dispose([logits, parameters]);
  const natsAt = (row: readonly number[], next: number) =>
    Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[next]!;
  return ids.reduce(
    (sum, window, w) => sum + window.slice(1).reduce((part, next, i) => part + natsAt(values[w]![i]!, next), 0),
    0,
  );
}

const sha256 = async (model: string) =>
  createHash('sha256')
    .update(await readFile(join(model, 'model.safetensors')))
    .digest('hex');

it('idlm eval --zero-shot measures all whole windows of a text, in nats, bits per token and bits per byte', async () => {
  const { bounds, config, models, judges } = await evaluated('--zero-shot');
  expect(config).toMatchObject({ data: { heldOut: 1, length: LENGTH } });
  const count = Math.floor(TEXT.length / LENGTH);
  const windows = Array.from({ length: count }, (_, i) => TEXT.slice(i * LENGTH, (i + 1) * LENGTH));
  const scored = count * (LENGTH - 1);
  const { nll, bitsPerToken, bitsPerByte, perplexity, tokens, bytes } = bounds!['baseline']!;
  // The first letter of a window is read, and not scored.
  expect([tokens, bytes]).toEqual([scored, scored]);
  expect(nll).toBeCloseTo((await natsOf(windows)) / scored, 5);
  expect([bitsPerToken, bitsPerByte]).toEqual([nll / Math.LN2, expect.closeTo(nll / Math.LN2, 12)]);
  expect(perplexity).toBeCloseTo(Math.exp(nll), 9);
  // The hashes of what was judged, and of what judged.
  expect(models['baseline']!.weights).toBe(await sha256(SCORER));
  expect(models['scorer']!.weights).toBe(await sha256(GPT2));
  expect(judges).toEqual({ gpt2: { weights: await sha256(GPT2) } });
});
