import { join } from 'node:path';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { nodeFileSystem } from '../checkpoints/file-system';
import type { LogSink } from './events';

/** The step of a file of samples. */
const stepOf = (name: string): number => Number(/^step-(\d+)\.jsonl$/.exec(name)?.[1] ?? 0);

/**
 * `step-N.jsonl` in a folder: one line `{"text": …}` per sample, with `prompt` and `completion` where it has them. A file is whole or
 * not there. Where a run goes on from a step, files of later ones go.
 * @param folder is made at the first samples
 */
export function samplesFolder(folder: string): LogSink {
  const nothing = async () => {};
  return {
    async start(step) {
      const later = (await nodeFileSystem.list(folder)).filter((name) => stepOf(name) > step);
      await Promise.all(later.map((name) => nodeFileSystem.remove(join(folder, name))));
    },
    async write(event) {
      if (event.kind !== 'samples') return;
      const lines = event.texts.map((text) => `${JSON.stringify(text)}\n`);
      await writeFileAtomically(join(folder, `step-${event.step}.jsonl`), lines.join(''));
    },
    flush: nothing,
    close: nothing,
  };
}
