import { stringify } from 'yaml';
import { type Field, configJsonSchema } from './fields';

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

/** A field's default in YAML, behind or under its name. */
function assigned(name: string, value: unknown, indent: string): string[] {
  return stringify({ [name]: value }, { collectionStyle: Array.isArray(value) ? 'flow' : 'any', lineWidth: 0 })
    .replace(/^\{ (.*) \}\n$/s, '$1\n')
    .trimEnd()
    .split('\n')
    .map((line) => indent + line);
}

/** The lines of a field; what was said before, as on an earlier optimizer, is not said again. */
function lines(name: string, field: Field, indent: string, said: Set<string>): string[] {
  const { description } = field;
  const note = description && !said.has(description) ? comment(description, indent) : [];
  if (description) said.add(description);
  if (!field.properties) return [...note, ...assigned(name, field.default, indent)];
  const inner = Object.entries(field.properties).flatMap(([key, one]) => lines(key, one, `${indent}  `, said));
  return [...note, `${indent}${name}:`, ...inner];
}

/**
 * A commented configuration file: every field with what it means and its default.
 * @param schema where editors find the JSON Schema, a path or URL
 */
export function configTemplate(schema?: string): string {
  const said = new Set<string>();
  const sections = Object.entries(configJsonSchema().properties!).map(([name, field]) =>
    lines(name, field, '', said).join('\n'),
  );
  const head = schema ? [`# yaml-language-server: $schema=${schema}`] : [];
  const intro = '# Configuration of idlm. Every field may be left out and then has the value given here.';
  return `${[[...head, intro].join('\n'), ...sections].join('\n\n')}\n`;
}
