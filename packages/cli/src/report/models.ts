import { percent } from '@idlm/core-diffusion/errors';
import type { ManifestModel, ManifestText, ModelOrigin } from '@idlm/evaluation';
import { duration, short } from '../terminal/format';
import type { ReportData } from './data';
import { escapeHtml, htmlTable } from './html';

/** Updates of a model, with those of its run where a guard kept earlier weights. */
const updatesText = ({ updates, ofRun }: ModelOrigin): string =>
  updates === undefined
    ? ''
    : updates === ofRun || ofRun === undefined
      ? String(updates)
      : `${updates} (kept) of ${ofRun}`;

const trainedOn = ({ text }: ModelOrigin): string => (text ? `${text.corpus}, ${percent(text.heldOut)} held out` : '');

/** What a model is and how it was made, as cells. */
const cellsOf = ([role, { folder, family, parameters, origin }]: [string, ManifestModel]): string[] => [
  role,
  family?.name ?? '',
  parameters === undefined ? '' : short(parameters),
  origin?.role ?? 'unknown',
  origin ? updatesText(origin) : '',
  origin?.seconds === undefined ? '' : duration(origin.seconds),
  origin ? trainedOn(origin) : 'unknown',
  folder,
];

/** Which text it is, how much, and how it is split, in a sentence. */
export function textSentence({ corpus, heldOut, trainTokens, heldOutTokens, ...text }: ManifestText): string {
  const held = text.heldOutIsTraining
    ? 'nothing held out, so that all is measured on training text'
    : `${short(heldOutTokens)} held out (data.heldOut ${percent(heldOut)})`;
  const documents = text.documents === 1 ? '1 document' : `${short(text.documents)} documents`;
  return `${corpus}: ${documents}, ${short(text.characters)} characters; ${short(trainTokens)} tokens to train on, ${held}.`;
}

const details = (summary: string, value: unknown): string =>
  `<details><summary>${escapeHtml(summary)}</summary><pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre></details>`;

/** The models with their own settings, and the text. */
export function models({ manifest }: ReportData): string {
  const entries = Object.entries(manifest.models ?? {});
  if (!entries.length) return '';
  const head = ['', 'family', 'parameters', 'made as', 'updates', 'time', 'trained on', 'folder'];
  const settings = entries.flatMap(([role, { origin }]) =>
    origin
      ? [
          details(`Settings of the ${role}'s training`, origin.settings),
          ...(origin.changes ? [details(`Changes of the ${role}'s settings on the way`, origin.changes)] : []),
        ]
      : [],
  );
  const text = manifest.text ? `<p class="soft">Text: ${escapeHtml(textSentence(manifest.text))}</p>` : '';
  return `<section><h2>Models and text</h2>${text}${htmlTable(head, entries.map(cellsOf))}${settings.join('')}</section>`;
}
