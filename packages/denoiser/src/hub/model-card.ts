import type { Spec } from '@idlm/core-diffusion';
import { denoisers } from '../registry';
import type { SavedModel } from '../config/saved-model';
import { networkFields } from './config-file';

/** What was measured of a model, for its card. */
export interface CardNumbers {
  /** A sentence or two: of what, and by what. */
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a card is written from. */
export interface CardSource extends SavedModel {
  /** Trained numbers. */
  readonly parameterCount: number;
  readonly numbers?: CardNumbers;
}

/** What every card holds, so that a README of somebody's own is told from it. */
export const CARD_MARK = '<!-- Written by idlm. -->';

/** What a reader should know of a role. */
const ADVICE: Readonly<Record<string, string>> = {
  teacher: 'A teacher: it writes well at many steps, about one for each token, and poorly at few.',
  student: 'A student, distilled to write at few steps.',
  scorer: 'An autoregressive model, to judge samples by, or to write from left to right.',
};

const describeSpec = ({ name, options }: Spec): string =>
  options && Object.keys(options).length ? `${name} ${JSON.stringify(options)}` : name;

const describeGuard = ({ kept, score }: { kept?: number; score?: number }): string =>
  kept === undefined
    ? 'kept nothing; these are the last weights'
    : `kept the weights of update ${kept}${score === undefined ? '' : ` (score ${score})`}`;

/** What is known of a model, by name. */
function factsOf({
  network,
  family,
  parameterCount,
  role,
  made = {},
}: CardSource): readonly (readonly [string, unknown])[] {
  const { type, config } = network;
  const { updates, guard, objective, teacher, data, seed, assumed, versions } = made;
  const facts: (readonly [string, unknown])[] = [
    ['role', role],
    ['family', family ? describeSpec(family) : undefined],
    ['network', denoisers.find(type)?.summary?.(config) ?? `${type} ${JSON.stringify(config)}`],
    ['parameters', parameterCount],
    ['vocabulary', config.vocabSize],
    ['reads the noise level', config.timeConditioned],
    ['updates', updates],
    ['guard', guard && describeGuard(guard)],
    ['objective', objective && describeSpec(objective)],
    ["teacher's weights (sha256)", teacher],
    ['text', data && `${data.corpus}, share held out ${data.heldOut}`],
    ['text (sha256 of its tokens)', data?.hash],
    ['seed', seed],
    ['assumed', assumed?.join(' ')],
    [
      'versions',
      versions &&
        Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
    ],
  ];
  return facts.filter(([, value]) => value !== undefined);
}

/** A cell of a table in Markdown. */
const cell = (value: unknown): string => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Name of the file beside a card in which all of an evaluation stands. */
export const EVALUATION_FILE = 'evaluation.json';

const tableRow = (cells: readonly unknown[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** The part of a card on what was measured. */
const measured = ({ about, columns, rows }: CardNumbers): string[] => [
  ...[
    '## Measured',
    '',
    `${about} All of it, with settings, seeds and hashes: [${EVALUATION_FILE}](${EVALUATION_FILE}).`,
    '',
  ],
  ...[tableRow(columns), tableRow(columns.map(() => '---')), ...rows.map(tableRow), ''],
];

/** The README.md of a model folder: what the model is and how it was made, for the hub and for people. */
export function modelCard(source: CardSource): string {
  const { role = 'model', numbers } = source;
  const type = String(networkFields(source)['model_type']);
  const rows = factsOf(source).map(([name, value]) => `| ${name} | ${cell(value)} |`);
  return [
    '---',
    'library_name: idlm',
    'tags:',
    '  - diffusion-language-model',
    `  - ${type}`,
    '---',
    '',
    CARD_MARK,
    '',
    `# ${role[0]!.toUpperCase()}${role.slice(1)} of type ${type}`,
    '',
    ...(ADVICE[role] ? [ADVICE[role], ''] : []),
    '| | |',
    '| --- | --- |',
    ...rows,
    '',
    ...(numbers ? measured(numbers) : []),
  ].join('\n');
}
