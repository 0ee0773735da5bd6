import { type Field, configJsonSchema, innerFields } from './fields';
import type { Preset } from './presets';
import { yaml } from './yaml';

const WIDTH = 110;

/** A sentence as comment lines. */
function comment(text: string, indent: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (indent.length + last.length + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.map((line) => `${indent}# ${line}`);
}

/** A field's value in YAML, behind or under its name. @param mark what stands before each line of it: # for a default */
function assigned(name: string, value: unknown, indent: string, mark: string): string[] {
  return yaml()
    .stringify({ [name]: value }, { collectionStyle: Array.isArray(value) ? 'flow' : 'any', lineWidth: 0 })
    .replace(/^\{ (.*) \}\n$/s, '$1\n')
    .trimEnd()
    .split('\n')
    .map((line) => indent + mark + line);
}

/** How fields are written. */
interface Writing {
  readonly indent: string;
  /** What was said before, as on an earlier optimizer, and is not said again. */
  readonly said: Set<string>;
  /** Whether defaults are written as values: a section that may be null would be off if all of it were comments. */
  readonly isSet: boolean;
}

/** The lines of a field. */
function lines(name: string, field: Field, given: unknown, { indent, said, isSet }: Writing): string[] {
  const { description } = field;
  const note = description && !said.has(description) ? comment(description, indent) : [];
  if (description) said.add(description);
  const fields = innerFields(field);
  if (!fields || given === null) {
    const [value, mark] = given !== undefined ? [given, ''] : [field.default, isSet ? '' : '#'];
    return [...note, ...assigned(name, value, indent, mark)];
  }
  const values = (given ?? {}) as Readonly<Record<string, unknown>>;
  const within = { indent: `${indent}  `, said, isSet: isSet || !field.properties };
  const inner = Object.entries(fields).flatMap(([key, one]) => lines(key, one, values[key], within));
  return [...note, `${indent}${name}:`, ...inner];
}

/** What a template is made for. */
export interface TemplateOptions {
  /** Where editors find the JSON Schema, a path or URL. */
  readonly schema?: string;
  /** The preset whose values it holds. */
  readonly preset?: Preset;
}

const DEFAULTS =
  'Values behind a # are defaults: remove the # to set one. What nothing sets, a model that is used brings itself.';

/** What the file says of itself. */
const introduction = (preset?: Preset): string =>
  preset
    ? comment(`Configuration of idlm from the preset ${preset.name}. ${preset.description} ${DEFAULTS}`, '').join('\n')
    : comment(`Configuration of idlm. ${DEFAULTS}`, '').join('\n');

/**
 * A commented configuration file: every field with what it means and its value. Those of a preset are set. Defaults are comments,
 * since what a file sets stands in for what a teacher's run brings, such as its text.
 */
export function configTemplate({ schema, preset }: TemplateOptions = {}): string {
  const said = new Set<string>();
  const given = (preset ? yaml().parse(preset.text) : {}) as Readonly<Record<string, unknown>>;
  const sections = Object.entries(configJsonSchema().properties!).map(([name, field]) =>
    lines(name, field, given[name], { indent: '', said, isSet: false }).join('\n'),
  );
  const head = schema ? [`# yaml-language-server: $schema=${schema}`] : [];
  return `${[[...head, introduction(preset)].join('\n'), ...sections].join('\n\n')}\n`;
}
