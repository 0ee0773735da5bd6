import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { useBackend } from '@idlm/tools/backend';
import { randomNetwork, request } from '@idlm/tools/random-network';
import { modelFile } from '../format/model-file';
import { createGraph } from '../graph/graph';
import { exportOnnx } from '../index';
import { onnxDenoiser } from './denoiser';
import { findOnnxLibrary } from './library';
import { openOnnxSession } from './session';

let [made, model, folder]: [ReturnType<typeof randomNetwork>?, Uint8Array?, string?] = [];
beforeAll(async () => {
  await useBackend();
  made = randomNetwork({ length: 64, timeConditioned: true });
  ({ model } = await exportOnnx(made.exported));
  folder = await mkdtemp(join(tmpdir(), 'onnx-session-'));
});
afterAll(() => rm(folder!, { recursive: true }));

/** A graph that looks up rows of three numbers, and says how many they are. */
async function gathering(width: number | string): Promise<Uint8Array> {
  const graph = createGraph();
  const [positions, table] = [
    graph.input('positions', 'int32', ['asked']),
    graph.constant('float', [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5)),
  ];
  graph.output('logits', graph.add('Gather', [table, positions]), ['asked', width]);
  const stored = await Promise.all(graph.initializers.map(async (one) => ({ bytes: await one.bytes() })));
  return modelFile({ ...graph, opset: 23, metadata: {} }, stored);
}

const asked = (t: number) => ({ ...request({ vocabSize: 28, length: 64, rows: 8 }), t });

// ONNX Runtime has no library for some machines.
(findOnnxLibrary() ? describe : describe.skip)('a session', () => {
  it('gives the same alone and with other runs under way, while JavaScript goes on', async () => {
    const session = openOnnxSession(model!);
    const { denoise, atOnce } = onnxDenoiser({ session, schedule: made!.schedule });
    const [first, second] = [await denoise(asked(0.2)), await denoise(asked(0.7))];
    expect(first).not.toEqual(second);
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    const together = await Promise.all([denoise(asked(0.2)), denoise(asked(0.7)), denoise(asked(0.2))]);
    clearInterval(count);
    expect(together).toEqual([first, second, first]);
    expect(atOnce).toBe(2);
    session.dispose();
  });

  it('gives the same while what JavaScript no longer refers to is collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const session = openOnnxSession(model!);
    const { denoise } = onnxDenoiser({ session, schedule: made!.schedule });
    // Arrays so small lie among the objects of JavaScript.
    const small = () =>
      denoise({ tokens: Int32Array.of(1, 2, 3, 4), length: 4, t: 0.5, positions: Int32Array.of(0, 3) });
    const expected = await small();
    for (let round = 0; round < 5; round++) {
      const together = [small(), small(), small(), small()];
      collect();
      expect(await Promise.all(together)).toEqual(together.map(() => expected));
    }
    session.dispose();
  });

  it('ends runs that are under way before it is freed, and refuses others', async () => {
    const session = openOnnxSession(model!);
    const { denoise } = onnxDenoiser({ session, schedule: made!.schedule });
    const before = await denoise(asked(0.3));
    const late = denoise(asked(0.3));
    session.dispose();
    session.dispose();
    expect(await late).toEqual(before);
    await expect(denoise(asked(0.3))).rejects.toThrow('The session was disposed of');
  });

  it('refuses a run without all that the graph reads', async () => {
    const session = openOnnxSession(model!);
    const tokens = { type: 'int32', data: Int32Array.of(1), dims: [1, 1] } as const;
    await expect(session.run({ tokens })).rejects.toThrow(/ONNX Runtime: .*Missing Input: sigma/s);
    session.dispose();
  });

  it('reads logits whether or not the graph says how many a position has, and where it says so wrongly', async () => {
    const positions = { type: 'int32', data: Int32Array.of(1, 0), dims: [2] } as const;
    const found = async (width: number | string) => {
      const session = openOnnxSession(await gathering(width));
      try {
        return (await session.run({ positions })).logits.data;
      } finally {
        session.dispose();
      }
    };
    for (const width of [3, 'width', 4]) expect(await found(width)).toEqual(Float32Array.of(3, 4, 5, 0, 1, 2));
  });

  it('refuses what is no graph, and libraries that are none', async () => {
    const path = join(folder!, 'broken.onnx');
    await writeFile(path, 'no graph');
    expect(() => openOnnxSession(path)).toThrow(`${path} cannot be run: ONNX Runtime: `);
    expect(() => openOnnxSession(join(folder!, 'none.onnx'))).toThrow('cannot be run');
    expect(() => openOnnxSession(new Uint8Array(3))).toThrow('The graph cannot be run');
    expect(() => openOnnxSession(model!, { library: path })).toThrow(`ONNX Runtime cannot be loaded from ${path}`);
  });

  it('finds the library of this machine in the package that is installed', () => {
    expect(findOnnxLibrary()).toMatch(/onnxruntime-node.*onnxruntime/);
  });
});
