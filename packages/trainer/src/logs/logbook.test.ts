import type { LogSink } from './events';
import { createLogbook, lastGood } from './logbook';

const checkpoint = { step: 4, path: 'runs/a/checkpoints/step-4' };

function recorder() {
  const seen: string[] = [];
  const sink: LogSink = {
    start: async (step) => void seen.push(`start ${step}`),
    write: async ({ kind }) => void seen.push(kind),
    flush: async () => void seen.push('flush'),
    close: async () => void seen.push('close'),
  };
  return { seen, sink };
}

describe('createLogbook', () => {
  it('passes everything on to every sink', async () => {
    const [one, two] = [recorder(), recorder()];
    const logbook = createLogbook([one.sink, two.sink], () => ({ step: 7 }));
    await logbook.start();
    const event = { kind: 'metrics', step: 7, metrics: {}, tokensPerSecond: 1 } as const;
    expect(await logbook.tell(event)).toBe(event);
    expect(await logbook.warn('mind')).toEqual({ kind: 'warning', step: 7, message: 'mind' });
    await logbook.flush();
    await logbook.close();
    expect(one.seen).toEqual(['start 7', 'metrics', 'warning', 'flush', 'close']);
    expect(two.seen).toEqual(one.seen);
  });

  it.each(['start', 'warn', 'flush', 'close'] as const)(
    'makes one sentence of a sink that fails in %s',
    async (name) => {
      const { sink } = recorder();
      const full = async () => Promise.reject(new Error('ENOSPC: no space left on device'));
      const failing = { ...sink, start: full, write: full, flush: full, close: full };
      const logbook = createLogbook([sink, failing], () => ({ step: 7, saved: checkpoint }));
      await expect(logbook[name]('x')).rejects.toThrow(
        `The log of step 7 could not be written (ENOSPC: no space left on device); the last good checkpoint is ${checkpoint.path}. Mend that and resume.`,
      );
    },
  );
});

describe('lastGood', () => {
  it('names the checkpoint, or says that there is none', () => {
    expect(lastGood(checkpoint)).toBe(`the last good checkpoint is ${checkpoint.path}`);
    expect(lastGood(undefined)).toBe('the last good checkpoint is none');
  });
});
