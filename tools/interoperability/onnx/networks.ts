import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OnnxOptions, exportOnnx } from '@idlm/onnx';
import { findOnnxLibrary, openOnnxSession, writeOnnxFiles } from '@idlm/onnx/node';
import { onnxDenoiser } from '@idlm/onnx/runtime';
import { randomNetwork, request } from '../../onnx/random-network';

/** Networks whose graphs differ. */
const NETWORKS = {
  'first projection as a table': { vocabSize: 28 },
  'more tokens than channels': { vocabSize: 200 },
  'reads the noise level': { timeConditioned: true },
};

/** Most that logits may differ from the engine's, by how weights are kept: random weights, unlike trained ones, let roundings add up. */
const MOST_OF_WEIGHTS = { f32: 5e-6, f16: 0.005, q8: 0.1, int8: 0.2, q4: 1.5 } as const;

/**
 * Most that they may differ from those of ONNX Runtime in the same file. Where activations are rounded too, sums in another order
 * may round a number to the next of its 256 steps.
 */
const mostOfRuntime = (weights: keyof typeof MOST_OF_WEIGHTS): number => (weights === 'int8' ? 0.1 : 5e-6);

type Made = ReturnType<typeof randomNetwork>;

/** What the evaluator is given, each tensor as nested lists. */
function inputsOf({ config, schedule }: Made) {
  const { tokens, length, t, positions } = request(config);
  const rows = Array.from({ length: tokens.length / length }, (_, row) => row);
  return {
    tokens: rows.map((row) => Array.from(tokens.subarray(row * length, (row + 1) * length))),
    positions: Array.from(positions),
    ...(config.timeConditioned ? { sigma: rows.map(() => schedule.sigma(t)) } : {}),
  };
}

/** Logits of ONNX Runtime, where it is installed. */
async function runtimeLogits(file: string, { config, schedule }: Made): Promise<{ 'ONNX Runtime'?: number[] }> {
  if (!findOnnxLibrary()) return {};
  const session = openOnnxSession(file, { threads: 1 });
  try {
    return { 'ONNX Runtime': Array.from(await onnxDenoiser({ session, schedule }).denoise(request(config))) };
  } finally {
    session.dispose();
  }
}

/**
 * Writes small networks as ONNX files in all ways, and what engine and ONNX Runtime make of them.
 * @param folder where they are written
 * @returns path of the list that check.py reads
 */
export async function writeCases(folder: string): Promise<string> {
  const cases: object[] = [];
  const add = async (name: string, made: Made, options: OnnxOptions & { weights: keyof typeof MOST_OF_WEIGHTS }) => {
    const file = join(folder, `${cases.length}.onnx`);
    await writeOnnxFiles(file, await exportOnnx(made.exported, { ...options, dataFile: `${cases.length}.bin` }));
    const engine = Array.from(await made.engine.denoise(request(made.config)));
    cases.push({
      ...{ name, file, inputs: inputsOf(made) },
      logits: { engine, ...(await runtimeLogits(file, made)) },
      most: { engine: MOST_OF_WEIGHTS[options.weights], 'ONNX Runtime': mostOfRuntime(options.weights) },
    });
  };
  for (const [name, changes] of Object.entries(NETWORKS)) {
    const made = randomNetwork(changes);
    for (const opset of [23, 21] as const)
      for (const weights of ['f32', 'f16', 'q8', 'int8', 'q4'] as const)
        await add(`${name}, opset ${opset}, ${weights}`, made, { opset, weights, metadata: { 'config.json': '{}' } });
    await add(`${name}, weights beside the graph`, made, { weights: 'f32', dataFrom: 0 });
    made.dispose();
  }
  const list = join(folder, 'cases.json');
  await writeFile(list, JSON.stringify(cases));
  return list;
}
