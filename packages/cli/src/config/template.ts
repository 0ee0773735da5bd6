import { parse, stringify } from 'yaml';
import { type Field, configJsonSchema, innerFields } from './fields';
import type { Preset } from './presets';

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

/** A field's value in YAML, behind or under its name. */
function assigned(name: string, value: unknown, indent: string): string[] {
  return stringify({ [name]: value }, { collectionStyle: Array.isArray(value) ? 'flow' : 'any', lineWidth: 0 })
    .replace(/^\{ (.*) \}\n$/s, '$1\n')
    .trimEnd()
    .split('\n')
    .map((line) => indent + line);
}

/** The lines of a field; what was said before, as on an earlier optimizer, is not said again. */
function lines(name: string, field: Field, given: unknown, indent: string, said: Set<string>): string[] {
  const { description } = field;
  const note = description && !said.has(description) ? comment(description, indent) : [];
  if (description) said.add(description);
  const fields = innerFields(field);
  if (!fields || given === null)
    return [...note, ...assigned(name, given === undefined ? field.default : given, indent)];
  const values = (given ?? {}) as Readonly<Record<string, unknown>>;
  const inner = Object.entries(fields).flatMap(([key, one]) => lines(key, one, values[key], `${indent}  `, said));
  return [...note, `${indent}${name}:`, ...inner];
}

/** What a template is made for. */
export interface TemplateOptions {
  /** Where editors find the JSON Schema, a path or URL. */
  readonly schema?: string;
  /** The preset whose values it holds. */
  readonly preset?: Preset;
}

/** What the file says of itself. */
const introduction = (preset?: Preset): string =>
  preset
    ? comment(`Configuration of idlm from the preset ${preset.name}. ${preset.description}`, '').join('\n')
    : '# Configuration of idlm. Every field may be left out and then has the value given here.';

/** A commented configuration file: every field with what it means and its value, that of a preset or its default. */
export function configTemplate({ schema, preset }: TemplateOptions = {}): string {
  const said = new Set<string>();
  const given = (preset ? parse(preset.text) : {}) as Readonly<Record<string, unknown>>;
  const sections = Object.entries(configJsonSchema().properties!).map(([name, field]) =>
    lines(name, field, given[name], '', said).join('\n'),
  );
  const head = schema ? [`# yaml-language-server: $schema=${schema}`] : [];
  return `${[[...head, introduction(preset)].join('\n'), ...sections].join('\n\n')}\n`;
}
