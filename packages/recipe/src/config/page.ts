import { declarationOf, optionInWords } from '@idlm/core-diffusion';
import { type ChoicesOfKind, type NamedChoice, namedChoices } from './choices';
import { type Field, configJsonSchema, expectation, innerFields } from './fields';
import { resolveConfig } from './load';
import { ENVIRONMENT } from './overrides';
import { CONFIGURED, isRead } from './reads';
import { yaml } from './yaml';

/** A field with its place, such as `data.length`, and its default. */
interface PlacedField {
  readonly path: string;
  readonly field: Field;
  readonly value: unknown;
}

const code = (text: string): string => `\`${text}\``;

/** A field and all within it. */
function placed({ path, field, value }: PlacedField): PlacedField[] {
  const inner = Object.entries(innerFields(field) ?? {}).flatMap(([name, one]) =>
    placed({ path: `${path}.${name}`, field: one, value: (value as Readonly<Record<string, unknown>>)[name] }),
  );
  return [{ path, field, value }, ...inner];
}

/** What a field takes; a section's fields have rows of their own. */
function takes(field: Field): string {
  if (!innerFields(field)) return expectation(field);
  return field.anyOf?.some(({ type }) => type === 'null') ? 'a section or null' : 'a section';
}

/** A value as configurations hold it, the name of a choice before its options. */
const written = (value: unknown): string =>
  code(
    yaml()
      .stringify(value, { collectionStyle: 'flow', lineWidth: 0, sortMapEntries: true })
      .trim()
      .replaceAll(/\s+/g, ' '),
  );

const readers = (path: string): string =>
  CONFIGURED.filter((command) => isRead(command, path))
    .map(code)
    .join(', ');

const table = (rows: readonly (readonly string[])[]): string =>
  rows
    .flatMap((row, i) => (i === 0 ? [row, row.map(() => '---')] : [row]))
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`)
    .join('\n');

/** A section as a table; a field that stands alone is a table of one row. */
function section({ path, field, value }: PlacedField): string {
  const fields = placed({ path, field, value }).filter((one) => one.path !== path || !innerFields(field));
  const isReadAlike = new Set(fields.map((one) => readers(one.path))).size === 1;
  const rows = fields.map((one) => [
    code(one.path),
    takes(one.field),
    innerFields(one.field) ? '' : written(one.value),
    one.field.description ?? '',
    ...(isReadAlike ? [] : [readers(one.path)]),
  ]);
  const head = ['field', 'takes', 'default', 'meaning', ...(isReadAlike ? [] : ['read by'])];
  const introduction = [
    ...(innerFields(field) ? [field.description] : []),
    ...(isReadAlike ? [`Read by ${readers(path)}.`] : []),
  ];
  return [`## ${path}`, ...(introduction.length ? [introduction.join(' ')] : []), table([head, ...rows])].join('\n\n');
}

/** The options of choices, a row for each; one that several have alike stands once, with their names. */
function optionRows(choices: readonly NamedChoice[]): string[][] {
  const owners = new Map<string, string[]>();
  for (const { name, options = {} } of choices)
    for (const [option, declared] of Object.entries(options)) {
      const { default: standing, meaning = '' } = declarationOf(declared);
      const cells = [code(option), optionInWords(declared), standing === undefined ? '' : written(standing), meaning];
      const key = JSON.stringify(cells);
      owners.set(key, [...(owners.get(key) ?? []), name]);
    }
  return [...owners].map(([cells, names]) => [
    names.length > 1 && names.length === choices.length ? 'all' : names.map(code).join(', '),
    ...(JSON.parse(cells) as string[]),
  ]);
}

function choicesOfKind({ kind, one, choices }: ChoicesOfKind): string {
  const options = optionRows(choices);
  return [
    `### ${kind}`,
    table([['name', 'what it is'], ...choices.map(({ name, description }) => [code(name), description])]),
    ...(options.length ? [table([[one, 'option', 'takes', 'default', 'meaning'], ...options])] : []),
  ].join('\n\n');
}

/** The documentation of all fields as Markdown: types, ranges and defaults of the schema, and who reads them. */
export function configurationPage(): string {
  const defaults = resolveConfig({}).config as Readonly<Record<string, unknown>>;
  const fields = Object.entries(configJsonSchema().properties!);
  const variables = Object.entries(ENVIRONMENT).map(([name, path]) => `${code(name)} for ${code(path)}`);
  return `${[
    '# Configuration',
    'All fields of a configuration: a YAML file that `idlm init` writes (`idlm.yaml` is found where a command runs, `--config` names another), fields set by `--set data.length=128`, or both. Each may be left out and then has its default. Written by `npm run schema -w packages/recipe` from the schema that checks configurations.',
    `Later ones win: defaults, \`--preset\`, the file, environment variables (${variables.join(', ')}), \`--set\`, other flags.`,
    'A file may hold the fields of all commands. What the command line sets is read or refused: a field of other commands, or one that changes nothing with the models and settings at hand, such as `sampling.nucleusRule` where `sampling.nucleus` drops nothing. `idlm eval` warns of those for models that are not given.',
    ...fields.map(([path, field]) => section({ path, field, value: defaults[path] })),
    '## Choices by name',
    'What `family`, `distillation.objective`, `sampling.sampler`, `data.tokenizer`, `scorers.judges` and options such as `schedule` and `relaxation` take, as a name or as `{ name, options }`. `idlm options` lists them with what your own modules add.',
    ...namedChoices().map(choicesOfKind),
  ].join('\n\n')}\n`;
}
