import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCheckpointStore } from '@idlm/trainer';
import { useBackend } from '@idlm/tools/backend';
import { resolveConfig } from '../config/load';
import type { JobEvent } from '../events';
import { evaluate } from './evaluate';
import { type Model, openModel } from './model';
import { type TrainOptions, distill, trainScorer, trainTeacher } from './train';

const text = 'the quick brown fox jumps over the lazy dog '.repeat(40);
const optimizer = { learningRate: 0.01 };
const config = resolveConfig({
  set: {
    engine: { name: 'wasm' },
    data: { length: 8 },
    model: { hidden: 16, blocks: 1, heads: 2, cond: 4 },
    teacher: { updates: 6, batch: 4, optimizer: { ...optimizer, warmup: 0 } },
    distillation: { updates: 4, batch: 4, student: optimizer, guard: { every: 2, samples: 4, steps: 2 } },
    scorers: { autoregressive: { updates: 2, batch: 4 } },
    evaluation: { samples: 6, teacherSteps: [1, 4], studentSteps: [2] },
    sampling: { steps: 3 },
    logs: { samplesEvery: null },
  },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  await useBackend();
});
afterAll(() => rm(folder, { recursive: true }));

/** A job that is aborted after so many updates, and gone on with. */
async function broken(job: (options: TrainOptions) => Promise<Model>, after: number): Promise<Model> {
  const controller = new AbortController();
  const steps: number[] = [];
  const stopped = job({
    signal: controller.signal,
    onEvent(event) {
      if (event.kind !== 'update') return;
      steps.push(event.step);
      if (event.step === after) controller.abort(new Error('enough'));
    },
  });
  await expect(stopped).rejects.toThrow('enough');
  expect(steps.at(-1)).toBe(after);
  const resumed: number[] = [];
  const model = await job({
    resume: true,
    onEvent: (event) => void (event.kind === 'update' && resumed.push(event.step)),
  });
  expect(resumed[0]).toBe(after + 1);
  return model;
}

const weightsOf = ({ given }: Model): Promise<string> => given.stored.hash();

describe('text to teacher to student to numbers', () => {
  let [teacher, student]: Model[] = [];
  const events: JobEvent[] = [];
  const onEvent = (event: JobEvent) => void events.push(event);
  let numbers: Awaited<ReturnType<typeof evaluate>>;

  beforeAll(async () => {
    teacher = await trainTeacher(config, { text, onEvent });
    student = await distill(config, { teacher, onEvent });
    numbers = await evaluate(config, { teacher, student, onEvent });
  });

  it('leaves no file behind, and tells what happens as values', () => {
    expect([teacher!.folder, student!.folder]).toEqual([undefined, undefined]);
    expect(teacher).toMatchObject({ role: 'teacher', updates: expect.any(Number) });
    const kinds = new Set(events.map(({ kind }) => kind));
    for (const kind of [
      'reading',
      'text',
      'engine',
      'start',
      'update',
      'checkpoint',
      'drift-limits',
      'end',
      'cell',
      'bound',
    ])
      expect(kinds).toContain(kind);
    const labels = events.flatMap((event) => (event.kind === 'update' ? [`${event.label} ${event.step}`] : []));
    const ofTeacher = [1, 2, 3, 4, 5, 6].map((step) => `Training the teacher ${step}`);
    expect(labels).toEqual([...ofTeacher, ...[1, 2, 3, 4].map((step) => `Distilling the student ${step}`)]);
  });

  it('finds numbers of both, which follow from their inputs', async () => {
    expect(numbers.rows.map(({ model, steps }) => [model, steps])).toEqual([
      ['teacher', 1],
      ['teacher', 4],
      ['student', 2],
    ]);
    expect(numbers.match?.teacher.steps).toBe(4);
    expect(Object.keys(numbers.bounds!)).toEqual(['teacher', 'student']);
    expect(numbers.manifest.text).toMatchObject({ corpus: 'given text', characters: text.length });
    expect(numbers.manifest.models['student']).toMatchObject({ weights: await weightsOf(student!) });
    expect(numbers.manifest.models['teacher']).not.toHaveProperty('absolute');
  });

  it('is the same in folders, and after an abort half way, bit for bit', async () => {
    const path = (name: string) => join(folder, name);
    const again = await broken((options) => trainTeacher(config, { text, out: path('teacher'), ...options }), 3);
    expect(again.folder).toContain(path('teacher'));
    expect(await weightsOf(again)).toBe(await weightsOf(teacher!));
    // A text in memory is in no file, so a teacher from its folder is given it anew.
    const own = await broken(
      (options) => distill(config, { teacher: path('teacher'), text, out: path('student'), ...options }),
      2,
    );
    expect(await weightsOf(own)).toBe(await weightsOf(student!));
    const { rows, realText, bounds } = await evaluate(config, { teacher, student: own });
    const withoutTime = (all: typeof rows) => all.map(({ seconds: _, ...row }) => row);
    expect({ rows: withoutTime(rows), realText, bounds }).toEqual({
      rows: withoutTime(numbers.rows),
      realText: numbers.realText,
      bounds: numbers.bounds,
    });
  });

  it('is the same in memory after an abort half way, with checkpoints that the caller keeps', async () => {
    const [first, second] = [memoryCheckpointStore(), memoryCheckpointStore()];
    const again = await broken((options) => trainTeacher(config, { text, checkpoints: first, ...options }), 2);
    const own = await broken((options) => distill(config, { teacher: again, checkpoints: second, ...options }), 1);
    expect(await weightsOf(own)).toBe(await weightsOf(student!));
  });

  it('is not made by a run that a limit ends, with which it goes on', async () => {
    const { health } = config.config;
    const limited = { ...config, config: { ...config.config, health: { ...health, hours: 1e-9 } } };
    const out = join(folder, 'limited');
    const stopped = trainTeacher(limited, { text, out });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError', message: expect.stringContaining('its limit') });
    // What is not set stays as the run has it.
    const unlimited = { ...config, origins: { ...config.origins, 'health.hours': 'the caller' } };
    const made = await trainTeacher(unlimited, { text, out, resume: true });
    expect(await weightsOf(made)).toBe(await weightsOf(teacher!));
  });

  it('does not train a finished run again', async () => {
    const path = join(folder, 'once');
    const once = await trainTeacher(config, { text, out: path });
    const onUpdate = jest.fn();
    const again = await trainTeacher(config, {
      text,
      out: path,
      resume: true,
      onEvent: ({ kind }) => void (kind === 'update' && onUpdate()),
    });
    expect([onUpdate.mock.calls.length, await weightsOf(again)]).toEqual([0, await weightsOf(once)]);
    await expect(trainTeacher(config, { text, out: path })).rejects.toThrow('holds a run already');
    await expect(
      trainTeacher(config, { text, out: path, resume: true, signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no');
  });

  it('writes texts that follow from the seed, and saves a model that writes the same', async () => {
    const options = { count: 3, steps: 4, prompt: 'the', seed: 7 };
    const texts = await student!.sample(options);
    expect(texts).toHaveLength(3);
    for (const one of texts) expect(one).toMatch(/^the(?![^]* $)[ a-z]{0,5}$/);
    expect(await student!.sample({ ...options, seed: 8 })).not.toEqual(texts);
    const saved = join(folder, 'saved');
    await student!.save(saved);
    const opened = await openModel(saved, config);
    expect(await opened.sample(options)).toEqual(texts);
    expect(await weightsOf(opened)).toBe(await weightsOf(student!));
    expect(JSON.parse(await readFile(join(saved, 'training.json'), 'utf8'))).toMatchObject({
      manifest: { role: 'student', teacher: await weightsOf(teacher!) },
    });
    await expect(student!.save(saved)).rejects.toThrow('is not empty; name another folder');
    // What a folder recommends holds where nobody has set it.
    await writeFile(join(saved, 'generation_config.json'), '{"top_k":1,"steps":2}');
    const asRecommended = await openModel(saved, resolveConfig({ set: { engine: { name: 'wasm' } } }));
    const greedy = await opened.sample({ ...options, steps: 2, sampling: { topK: 1 } });
    expect(await asRecommended.sample({ ...options, steps: undefined })).toEqual(greedy);
    expect(await asRecommended.sample({ ...options, sampling: { topK: null } })).toEqual(texts);
    await expect(student!.sample({ steps: 2.5 })).rejects.toThrow('sampling.steps must be a whole number');
    await expect(student!.sample({ length: 9 })).rejects.toThrow('The length of a text is a whole number, from 1 to 8');
    await expect(student!.sample({ prompt: 'the quick' })).rejects.toThrow('leaves no room in a text of 8');
  });
});

it('documents are given one by one, also as they come', async () => {
  async function* coming() {
    yield* ['the sea ', 'the whale '].map((one) => one.repeat(30));
  }
  const ofText = async (given: TrainOptions['text']) => {
    const brief = { ...config, config: { ...config.config, teacher: { ...config.config.teacher, updates: 1 } } };
    return weightsOf(await trainTeacher(brief, { text: given }));
  };
  const lists = await ofText(['the sea ', 'the whale '].map((one) => one.repeat(30)));
  expect(await ofText(coming())).toBe(lists);
  expect(await ofText('the sea '.repeat(30))).not.toBe(lists);
});

it('a scorer judges from its folder alone', async () => {
  const scorer = await trainScorer(config, { text });
  const teacher = await trainTeacher(config, { text });
  await expect(evaluate(config, { teacher, scorer })).rejects.toThrow('A judge lies in a folder');
  await scorer.save(join(folder, 'scorer'));
  const { rows } = await evaluate(config, { teacher, scorer: join(folder, 'scorer') });
  expect(Object.keys(rows[0]!.perplexity)).toEqual(['n-gram', 'autoregressive']);
  expect(await scorer.sample({ count: 2, prompt: 'the ' })).toEqual([
    expect.stringMatching(/^the /),
    expect.stringMatching(/^the /),
  ]);
});

it('values that there are not are refused by name', () => {
  expect(() => resolveConfig({ set: { data: { length: 0 } } })).toThrow(/^set: data\.length must be a whole number/);
  expect(() => resolveConfig({ set: { data: { lenght: 8 } as object } })).toThrow('did you mean "length"?');
});
