import type { PageManifest } from '../../src/manifest';
import type { Measure, TextFrame } from '../../worker/messages';
import { queued } from './queued';
import { connectWorker } from './worker-connection';
import type { Writer } from './writer';

/** Models that run in a worker of this page. */
export async function browserWriter(manifest: PageManifest): Promise<Writer> {
  const { ask } = connectWorker(new URL('worker.js', document.baseURI));
  const open = () => ask({ ask: 'open', base: document.baseURI, manifest });
  await open();
  return {
    models: manifest.models.map(({ name, length, rowStart, recommended: { steps, temperature } }) => ({
      ...{ name, steps, temperature },
      length: length - (rowStart === undefined ? 0 : 1),
    })),
    write: (request, work) => queued<TextFrame>((onFrame) => ask({ ask: 'write', request }, { ...work, onFrame })),
    count: async (model, text) => (await ask({ ask: 'count', model, text })) as number,
    ...(manifest.judge === undefined
      ? {}
      : {
          judge: manifest.judge,
          measure: async (text, work) => (await ask({ ask: 'measure', text }, work)) as Measure | undefined,
        }),
    forget: async () => void (await ask({ ask: 'forget' })),
  };
}
