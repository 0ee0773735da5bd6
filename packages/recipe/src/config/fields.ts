import { z } from 'zod';
import { configSchema } from './schema';

/** A node of a JSON Schema, such as the configuration's. */
export interface Field {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Field[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
}

/** A way to a field: names, and indices of lists. */
export type Path = readonly (string | number)[];

/** Whether a dotted path such as `data.length` is a section or lies in it. */
export const isWithin = (path: string, section: string): boolean => path === section || path.startsWith(`${section}.`);

const isSafeBound = (value: unknown) => Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;

type Forms = NonNullable<z.core.JSONSchema.JSONSchema['anyOf']>;

/** The forms of a field one beside the other: a choice that may be null has those of the choice and null. */
const flat = (forms: Forms): Forms =>
  forms.flatMap((form) => (form.anyOf && Object.keys(form).length === 1 ? flat(form.anyOf) : [form]));

/** JSON Schemas are cheap to make but not free: each is made once, and none by commands that read no configuration. */
const made = new WeakMap<z.ZodType, Field>();

/** What a schema takes, as a node of JSON Schema. */
export function fieldOf(schema: z.ZodType): Field {
  const known = made.get(schema);
  if (known) return known;
  const field = z.toJSONSchema(schema, {
    io: 'input',
    override({ jsonSchema }) {
      if (isSafeBound(jsonSchema.maximum)) delete jsonSchema.maximum;
      if (jsonSchema.anyOf) jsonSchema.anyOf = flat(jsonSchema.anyOf);
    },
  }) as Field;
  made.set(schema, field);
  return field;
}

/** The JSON Schema of configuration files, for editors. */
export const configJsonSchema = (): Field => ({ title: 'Configuration of idlm', ...fieldOf(configSchema) }) as Field;

/** The section among a field's forms, if it has one. */
const sectionOf = (field: Field): Field | undefined =>
  field.properties ? field : field.anyOf?.find((form) => form.properties);

/** Names of a section's fields. */
export const fieldNames = (field: Field): string[] => Object.keys(sectionOf(field)?.properties ?? {});

/** Whether a field is a choice by name: `name` or `{ name, options }`. */
export const isChoice = (field: Field | undefined): boolean =>
  Boolean(field?.anyOf?.some((form) => form.type === 'string') && sectionOf(field)?.properties?.['name']);

/** The fields that are written one under the other: those of a section, also of one that may be null, but not of a choice. */
export const innerFields = (field: Field): Readonly<Record<string, Field>> | undefined =>
  isChoice(field) ? undefined : sectionOf(field)?.properties;

/** Whether a field takes nothing but text. */
export const isText = ({ type, anyOf }: Field): boolean =>
  type === 'string' || Boolean(anyOf?.every((form) => form.type === 'string' || form.type === 'null'));

/**
 * The field that a path leads to; anything goes inside the options of a choice.
 * @param root where the path begins (default: the configuration)
 */
export function fieldAt(path: Path, root: Field = fieldOf(configSchema)): Field | undefined {
  let field: Field | undefined = root;
  for (const name of path) {
    if (field && !field.type && !field.anyOf && !field.enum) return field;
    const section: Field | undefined = field && sectionOf(field);
    if (typeof name === 'number') field = field?.items;
    else if (section) field = Object.hasOwn(section.properties!, name) ? section.properties![name] : undefined;
    else field = field?.type === 'object' ? {} : undefined;
  }
  return field;
}

function rangeOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Field): string {
  const low =
    minimum !== undefined
      ? `of at least ${minimum}`
      : exclusiveMinimum !== undefined
        ? `above ${exclusiveMinimum}`
        : '';
  const high =
    maximum !== undefined ? `at most ${maximum}` : exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : '';
  return [low, high].filter(Boolean).join(' and ');
}

/** What a field accepts, in words, such as `a whole number of at least 1`. */
export function expectation(field: Field): string {
  if (isChoice(field)) return 'a name or { name, options }';
  if (field.anyOf) return field.anyOf.map(expectation).join(' or ');
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.enum) return `one of ${field.enum.join(', ')}`;
  if (field.properties) return `a section of ${Object.keys(field.properties).join(', ')}`;
  if (field.items)
    return `a list${field.minItems ? ` of at least ${field.minItems}` : ''}, each ${expectation(field.items)}`;
  const kinds: Record<string, string> = {
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    string: field.minLength ? 'text that is not empty' : 'text',
    null: 'null',
  };
  const words = [field.type ?? ''].flat().map((type) => kinds[type] ?? 'a value');
  return `${words.join(' or ')} ${rangeOf(field)}`.trim();
}
