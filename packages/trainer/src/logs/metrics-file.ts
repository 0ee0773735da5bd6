import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LogSink } from './events';

/** The step of a line, or undefined if it is no whole line of metrics. */
function stepOf(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === 'number' ? step : undefined;
  } catch {
    return undefined;
  }
}

/** Length in bytes of the lines up to `step` that are whole. */
export function validLength(content: Uint8Array, step: number): number {
  const decoder = new TextDecoder();
  let end = 0;
  for (let next = content.indexOf(10); next >= 0; next = content.indexOf(10, end)) {
    const found = stepOf(decoder.decode(content.subarray(end, next)));
    if (found === undefined || found > step) return end;
    end = next + 1;
  }
  return end;
}

/**
 * `metrics.jsonl`: one line `{"step": …, …}` per logged update, and per check of a guard. It holds no times, so that a resumed run's file equals an
 * unbroken one's byte for byte. On resume a half line is cut, and lines after the checkpoint are dropped.
 */
export function metricsFile(path: string): LogSink {
  let file: FileHandle | undefined;
  return {
    async start(step) {
      await mkdir(dirname(path), { recursive: true });
      file = await open(path, 'a');
      await file.truncate(validLength(await readFile(path), step));
    },
    async write(event) {
      if (event.kind !== 'metrics' && event.kind !== 'guard') return;
      await file!.appendFile(`${JSON.stringify({ step: event.step, ...event.metrics })}\n`);
    },
    flush: async () => file?.sync(),
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}
