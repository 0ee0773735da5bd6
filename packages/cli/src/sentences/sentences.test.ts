import type { Engine } from '@idlm/engine';
import type { JobEvent } from '@idlm/recipe';
import { resolveConfig } from '@idlm/recipe/config';
import type { PreparedCorpus } from '@idlm/recipe/text';
import { describeCorpus, describeText } from './corpus';
import { type Telling, tellEvents } from './events';
import { describeWriter, recordOf } from './writer';

const facts = { trainTokens: 5400, heldOutTokens: 600, heldOutIsTraining: false };

describe('a text in a sentence', () => {
  const packed = { facts } as PreparedCorpus;
  const rows = { facts, padId: 0 } as unknown as PreparedCorpus;

  it.each([
    ['novel.txt', packed, 'Text: novel.txt, 5.4 k tokens to train on, 600 held out.'],
    ['moby-dick', packed, 'Text: moby-dick (which comes with idlm), 5.4 k tokens to train on, 600 held out.'],
    ['list.txt', rows, 'Text: list.txt, 450 rows of 12 tokens to train on, 50 held out.'],
  ])('counts tokens, or rows where it has such: %s', (corpus, prepared, sentence) => {
    const { config } = resolveConfig({ set: { data: { corpus, length: 12 } } });
    expect(describeCorpus(config.data, prepared)).toBe(sentence);
  });

  it('says where nothing is held out, also of a prepared one', () => {
    const all = { ...facts, heldOutIsTraining: true } as never;
    expect(describeText('shards', { layout: 'rows', length: 12, facts: all })).toBe(
      'Text: shards, 450 rows of 12 tokens to train on, nothing held out.',
    );
    expect(describeText('shards', { layout: 'packed', length: 12, facts: all })).toBe(
      'Text: shards, 5.4 k tokens to train on, nothing held out.',
    );
  });
});

describe('what writes', () => {
  const writing = (model: object, causal = false) =>
    ({
      config: resolveConfig({ set: { family: 'duo' } }).config,
      model: { network: { config: { causal } }, ...model },
      assumed: [],
      recommended: [],
    }) as unknown as Parameters<typeof recordOf>[0];
  const made = { updates: 250, objective: { name: 'idlm' } };

  it.each([
    [{ role: 'student', made }, 8, 'Writing with a student of duo, made in 250 updates of idlm, at 8 steps.'],
    [{ role: 'student' }, 8, 'Writing with a student of duo, at 8 steps.'],
    [{ made: { updates: 3 } }, 8, 'Writing with a model of duo, made in 3 updates, at 8 steps.'],
    [{ role: 'teacher' }, 32, 'Writing with a teacher of duo, at 32 steps.'],
    [
      { role: 'teacher' },
      31,
      'Writing with a teacher of duo, at 31 steps. A teacher is weak at few steps: give about 64, or distil it into a student ("idlm distill").',
    ],
  ])('is named with its role, how it was made, and what few steps mean of it: %j, %i steps', (model, steps, sentence) =>
    expect(describeWriter(writing(model), steps, 64)).toBe(sentence),
  );

  it('is recorded with what is known, and an autoregressive one by its kind', () => {
    expect(describeWriter(writing({ role: 'scorer' }, true), 64, 64)).toBe(
      'Writing with an autoregressive scorer, at 64 steps.',
    );
    expect(recordOf(writing({}))).toEqual({ family: 'duo' });
    const given = { ...writing({ role: 'scorer' }, true), assumed: ['a'] as never, recommended: ['steps'] };
    expect(recordOf(given)).toEqual({ role: 'scorer', family: 'ar', assumed: ['a'], recommended: ['steps'] });
  });
});

describe('events', () => {
  let said: string[];
  let told: (event: object) => void;
  const listen = (more: Partial<Telling> = {}) => {
    said = [];
    const tell = tellEvents({
      terminal: { warn: (text) => said.push(`warning: ${text}`) },
      reporter: {
        note: (line) => said.push(line),
        doing: (what) => said.push(`${what} …`),
        progress: (label, done, total, detail) => said.push(`${label} ${done}/${total}: ${detail}`),
      },
      interrupts: {
        signal: new AbortController().signal,
        defer: () => said.push('(deferred)'),
        release: () => said.push('(released)'),
        leave: () => said.push('(left)'),
      },
      ...more,
    });
    told = (event) => tell(event as JobEvent);
  };
  beforeEach(() => listen());

  const label = 'Training the teacher';
  const update = (step: number, loss: number) =>
    told({ kind: 'update', label, step, updates: 4, metrics: { 'teacher/loss': loss, 'teacher/rate': 1 } });

  it('of the preparation are said as they come, and reading in whole hundredths', () => {
    told({ kind: 'reading' });
    told({ kind: 'reading', bytes: 199, total: 300 });
    const engine = { name: 'wasm', version: 'tfjs 4', threads: 1, reason: 'it was asked for' } as Engine;
    told({ kind: 'engine', engine });
    told({ kind: 'engine', engine: { ...engine, threads: 2 } });
    told({ kind: 'note', message: 'a note' });
    told({ kind: 'caution', message: 'take care' });
    expect(said).toEqual([
      'Reading the text …',
      'Reading the text, 66 % …',
      'Engine: wasm (tfjs 4, 1 thread): it was asked for.',
      'Engine: wasm (tfjs 4, 2 threads): it was asked for.',
      'a note',
      'warning: take care',
    ]);
  });

  it('of a training are progress with its losses, and with those on held-out text since they were found', () => {
    told({ kind: 'start', label, step: 0, updates: 4, changes: [] });
    update(1, 2.5);
    told({ kind: 'guard', label, metrics: { 'teacher/held-out/loss': 3 } });
    update(2, 2.25);
    // Another training has its own.
    told({ kind: 'start', label, step: 0, updates: 4, changes: [] });
    update(1, 2);
    told({ kind: 'end', label, result: { step: 4, interrupted: false } });
    expect(said).toEqual([
      `${label} 0/4: making the first update`,
      ...['(deferred)', `${label} 1/4: teacher loss 2.500`],
      ...['(deferred)', `${label} 2/4: teacher loss 2.250, teacher held-out loss 3.000`],
      `${label} 0/4: making the first update`,
      ...['(deferred)', `${label} 1/4: teacher loss 2.000`],
      '(released)',
    ]);
  });

  it('of one that goes on say from where, and what has changed; a finished one makes no first update', () => {
    const changes = [{ path: 'teacher.batch', from: 4, to: 8 }];
    told({ kind: 'start', label, step: 4, updates: 4, resumed: {}, changes });
    expect(said).toEqual([
      'Going on from update 4.',
      expect.stringMatching(/^From update 4 on: teacher\.batch 4 → 8\.$/),
    ]);
  });

  it('of one that was interrupted say so where all is saved, and nothing where there is no place', () => {
    const end = { kind: 'end', label, result: { step: 3, interrupted: true } };
    told(end);
    listen({ stopped: '; the same command goes on from there.', interrupts: undefined });
    told(end);
    expect(said).toEqual(['Stopped after update 3 and saved; the same command goes on from there.']);
  });

  it('of an evaluation are progress with the numbers of the row', () => {
    const row = {
      ...{ model: 'student', steps: 8, entropy: 2.8756, evaluationsPerSample: 7.81 },
      perplexity: { 'n-gram': 64.34, autoregressive: 28.51 },
    };
    told({ kind: 'cell', row, done: 2, cells: 5 });
    told({ kind: 'inputs' });
    expect(said).toEqual([
      'Sampling and judging 2/5: student at 8 steps: n-gram 64.3, autoregressive 28.5, entropy 2.876, 7.8 network evaluations per sample',
    ]);
  });
});
