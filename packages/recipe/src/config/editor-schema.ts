import { type OptionDeclaration, declarationOf } from '@idlm/core-diffusion';
import { type ChoicesOfKind, type NamedChoice, namedChoices } from './choices';
import { type Field, configJsonSchema, isChoice } from './fields';

/** The kind of choice that a field names, by its path; lists are passed through. */
const KINDS: Readonly<Record<string, string>> = {
  family: 'family',
  'data.tokenizer': 'tokenizer',
  'model.network': 'network',
  'teacher.optimizer.method': 'optimizer',
  'distillation.objective': 'objective',
  'distillation.student.method': 'optimizer',
  'distillation.fake.method': 'optimizer',
  'scorers.judges': 'judge',
  'scorers.autoregressive.optimizer.method': 'optimizer',
  'sampling.sampler': 'sampler',
};

type Schema = Readonly<Record<string, unknown>>;

const keyOf = (kind: string): string => kind.replaceAll(' ', '-');

const TYPES = {
  number: { type: 'number' },
  numbers: { type: 'array', items: { type: 'number' } },
  boolean: { type: 'boolean' },
  string: { type: 'string' },
} as const;

/** What an option may be. */
function ofOption({ kind, choice, whole, meaning, ...bounds }: OptionDeclaration, kinds: readonly string[]): Schema {
  const said = { ...(meaning ? { description: meaning } : {}), ...bounds };
  if (typeof kind !== 'string') return { enum: kind, ...said };
  if (kind !== 'spec') return { ...TYPES[kind], ...(whole ? { type: 'integer' } : {}), ...said };
  const chosen = choice !== undefined && kinds.includes(choice) ? { $ref: `#/$defs/${keyOf(choice)}` } : {};
  return { anyOf: [{ type: 'string' }, { type: 'object', required: ['name'] }], ...chosen, ...said };
}

/** The options that go with a name. */
const ofName = ({ name, options = {} }: NamedChoice, kinds: readonly string[]): Schema => ({
  if: { type: 'object', properties: { name: { const: name } }, required: ['name'] },
  then: {
    properties: {
      options: {
        properties: Object.fromEntries(
          Object.entries(options).map(([option, declared]) => [option, ofOption(declarationOf(declared), kinds)]),
        ),
        additionalProperties: false,
      },
    },
  },
});

/** A kind of choice: names are completed and the options of ours are known; a name that an import registers takes any. */
function ofKind({ choices }: ChoicesOfKind, kinds: readonly string[]): Schema {
  const declared = choices.filter(({ options }) => options);
  const names = { anyOf: choices.map(({ name, description }) => ({ const: name, description })).concat({} as never) };
  return {
    anyOf: [
      { type: 'string', ...names },
      { type: 'object', properties: { name: names } },
    ],
    ...(declared.length ? { allOf: declared.map((choice) => ofName(choice, kinds)) } : {}),
  };
}

/** A field with the kinds of the choices in it. */
function withKinds(field: Field, path = ''): Field {
  const kind = KINDS[path];
  if (kind && isChoice(field)) return { ...field, allOf: [{ $ref: `#/$defs/${keyOf(kind)}` }] } as Field;
  return {
    ...field,
    ...(field.items ? { items: withKinds(field.items, path) } : {}),
    ...(field.anyOf ? { anyOf: field.anyOf.map((form) => withKinds(form, path)) } : {}),
    ...(field.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(field.properties).map(([name, one]) => [
              name,
              withKinds(one, path ? `${path}.${name}` : name),
            ]),
          ),
        }
      : {}),
  };
}

/** The JSON Schema of configuration files for editors, with the names and options of all choices of ours. */
export function editorSchema(): Schema {
  const choices = namedChoices();
  const kinds = choices.map(({ one }) => one);
  const definitions = choices.map((ofOne) => [keyOf(ofOne.one), ofKind(ofOne, kinds)]);
  return { ...withKinds(configJsonSchema()), $defs: Object.fromEntries(definitions) };
}
