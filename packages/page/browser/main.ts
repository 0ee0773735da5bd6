import type { PageManifest } from '../src/manifest';
import { Fault } from '../worker/fault';
import { find } from './elements';
import { openSession } from './session';
import { openStorage } from './storage';
import { type Composer, openComposer } from './view/composer';
import { openNotices } from './view/notices';
import { browserWriter } from './writing/browser-writer';
import type { Writer } from './writing/writer';

const notices = openNotices();

/** What the page holds. @throws Fault where that cannot be read */
async function readManifest(): Promise<PageManifest> {
  const response = await fetch('page.json').catch(() => undefined);
  if (response?.ok) return (await response.json()) as PageManifest;
  throw new Fault('download', 'What this page holds could not be read; check the connection and try again.');
}

/** Keeps the page for times without a network, where browsers allow it: over HTTPS, and from this machine. */
function keepPage(): void {
  navigator.serviceWorker?.register('service-worker.js').catch((error: unknown) => console.info(error));
}

/** Lets a writer write what the form asks for. */
function connect(writer: Writer, composer: Composer): ReturnType<typeof openSession> {
  const session = openSession({ writer, composer, notices, place: find('#panels', HTMLElement) });
  composer.offer(writer.models, session.choose);
  openStorage(writer, notices);
  return session;
}

async function start(): Promise<void> {
  notices.hideFault();
  const manifest = await readManifest();
  const writer = await browserWriter(manifest);
  const composer = openComposer({
    onWrite: () => void session.write(),
    onStop: () => session.stop(),
    count: (text) => writer.count(composer.wish().models[0]!, text),
  });
  const session = connect(writer, composer);
  find('#place', HTMLElement).textContent = 'Both run in this browser, and nothing you type leaves it.';
}

/** @throws nothing: what fails is shown */
function startOrTell(): void {
  start().catch((error: unknown) => notices.showFault(error, startOrTell));
}

startOrTell();
keepPage();
