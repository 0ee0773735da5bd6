import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { type LogSink, numbersOf } from './events';

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
 * Refuses metrics with a line of something else, behind which all would be lost when a run goes on; a last one without an end is
 * what any kill leaves.
 * @throws InputError naming the line
 */
export async function requireMetrics(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new InputError(
      `${path} cannot be read (${error.code}); put back what was written, or delete it, and resume.`,
    );
  });
  const lines = text.split('\n').slice(0, -1);
  const foreign = lines.findIndex((line) => stepOf(line) === undefined);
  if (foreign < 0) return;
  const behind = lines.length - foreign - 1;
  throw new InputError(
    `Line ${foreign + 1} of ${path} is no line of metrics, and the ${behind} behind it would be lost; remove that line and resume.`,
  );
}

/**
 * `metrics.jsonl`: one line `{"step": …, …}` per logged update, per check of a guard, and per update that was refused. It holds no times, so that a resumed run's file equals an
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
      const numbers = numbersOf(event);
      if (numbers) await file!.appendFile(`${JSON.stringify({ step: event.step, ...numbers })}\n`);
    },
    flush: async () => file?.sync(),
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}
