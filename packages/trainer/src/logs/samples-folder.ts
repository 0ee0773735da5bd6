import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/denoiser/node';
import type { LogSink } from './events';

/** `step-N.jsonl` in a folder: one line `{"text": …}` per sample. */
export function samplesFolder(folder: string): LogSink {
  const nothing = async () => {};
  return {
    start: nothing,
    async write(event) {
      if (event.kind !== 'samples') return;
      const lines = event.texts.map((text) => `${JSON.stringify({ text })}\n`);
      await writeFileAtomically(join(folder, `step-${event.step}.jsonl`), lines.join(''));
    },
    flush: nothing,
    close: nothing,
  };
}
