import type { PageManifest } from '../src/manifest';
import { Fault } from '../worker/fault';
import { find } from './elements';
import { type Session, openSession } from './session';
import { openStorage } from './storage';
import { fillChoices, openComposer } from './view/composer';
import { openNotices } from './view/notices';
import { browserWriter } from './writing/browser-writer';
import { serverWriter } from './writing/server-writer';
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

/** Where texts can be written, by what that is called; the server comes first where there is one. */
const PLACES = {
  server: {
    label: 'On the server',
    open: () => serverWriter(),
    note: 'They run on the server that this page came from.',
  },
  browser: {
    label: 'In this browser',
    open: (manifest: PageManifest) => browserWriter(manifest),
    note: 'They run in this browser, and nothing you type leaves it.',
  },
} as const;

type Place = keyof typeof PLACES;

const placesOf = ({ models, server }: PageManifest): Place[] => [
  ...(server ? (['server'] as const) : []),
  ...(models.length ? (['browser'] as const) : []),
];

/** A way from the form to what writes, wherever that is. */
async function start(): Promise<void> {
  notices.hideFault();
  const manifest = await readManifest();
  const places = placesOf(manifest);
  let [writer, session] = [undefined as Writer | undefined, undefined as Session | undefined];
  const composer = openComposer({
    onWrite: () => void session?.write(),
    onStop: () => session?.stop(),
    count: (text) => writer!.count(composer.request().models[0]!, text),
  });
  const opened = new Map<Place, Promise<Writer>>();
  const goTo = async (place: Place): Promise<void> => {
    session?.stop();
    const { open, note } = PLACES[place];
    if (!opened.has(place)) opened.set(place, open(manifest));
    writer = await opened.get(place)!;
    session = openSession({ writer, composer, notices, place: find('#panels', HTMLElement) });
    composer.offer(writer.models, session.choose);
    openStorage(writer, notices);
    find('#place', HTMLElement).textContent = note;
  };
  const choices = find('#places', HTMLFieldSetElement);
  fillChoices(choices, 'place', Object.fromEntries(places.map((place) => [place, PLACES[place].label])));
  choices.hidden = places.length < 2;
  const tryGoing = (place: Place): void => {
    goTo(place).catch((error: unknown) => {
      opened.delete(place);
      notices.showFault(error, () => (notices.hideFault(), tryGoing(place)));
    });
  };
  choices.addEventListener('change', ({ target }) => tryGoing((target as HTMLInputElement).value as Place));
  tryGoing(places[0]!);
}

/** @throws nothing: what fails is shown */
function startOrTell(): void {
  start().catch((error: unknown) => notices.showFault(error, startOrTell));
}

startOrTell();
keepPage();
