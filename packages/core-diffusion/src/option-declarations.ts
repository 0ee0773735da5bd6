import type { Json, Spec } from './spec';

/** What an option may be: a number, a list of numbers, a truth value, any text, a specification of another choice, or one of some words. */
export type OptionKind = 'number' | 'numbers' | 'boolean' | 'string' | 'spec' | readonly string[];

/** Numbers that an option may be; each bound that is left out is none. */
export interface OptionRange {
  /** Whole numbers alone (default false). */
  readonly whole?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
}

/** An option as an entry of a registry declares it. */
export interface OptionDeclaration extends OptionRange {
  readonly kind: OptionKind;
  /** What it is where nobody sets it (default: it is left out, and `create` sees to it). */
  readonly default?: Json;
  /** What it means, for `idlm options` and the documentation. */
  readonly meaning?: string;
  /** Of a `spec`: the kind of choice that it names, such as `noise schedule`. */
  readonly choice?: string;
}

/** All options of an entry by name, each as its kind alone or as a whole declaration. */
export type OptionDeclarations = Readonly<Record<string, OptionKind | OptionDeclaration>>;

/** Of a mapped type, which is JSON to the compiler where an interface is not. */
type SpecValue = string | Pick<Spec, keyof Spec>;

type OptionValue<Kind> = Kind extends 'number'
  ? number
  : Kind extends 'numbers'
    ? readonly number[]
    : Kind extends 'boolean'
      ? boolean
      : Kind extends 'string'
        ? string
        : Kind extends readonly (infer Word)[]
          ? Word
          : SpecValue;

type KindOf<Declared> = Declared extends { readonly kind: infer Kind } ? Kind : Declared;

type WithDefault<Declared> = {
  [Name in keyof Declared]: Declared[Name] extends { readonly default: Json } ? Name : never;
}[keyof Declared];

/** Options once they are read: those with a default are always there. Of an entry that declares none they are what JSON holds. */
export type OptionsOf<Declared extends OptionDeclarations> = string extends keyof Declared
  ? Readonly<Record<string, Json>>
  : { readonly [Name in WithDefault<Declared>]: OptionValue<KindOf<Declared[Name]>> } & {
      readonly [Name in Exclude<keyof Declared, WithDefault<Declared>>]?: OptionValue<KindOf<Declared[Name]>>;
    };

const isKind = (declared: OptionKind | OptionDeclaration): declared is OptionKind =>
  typeof declared === 'string' || Array.isArray(declared);

/** A declaration in full. */
export const declarationOf = (declared: OptionKind | OptionDeclaration): OptionDeclaration =>
  isKind(declared) ? { kind: declared } : declared;

/** Whether a value is of a kind. */
export function isOfKind(kind: OptionKind, value: Json): boolean {
  if (kind === 'numbers') return Array.isArray(value) && value.every((one) => typeof one === 'number');
  if (typeof kind === 'string' && kind !== 'spec') return typeof value === kind;
  if (kind === 'spec')
    return typeof value === 'string' || (typeof value === 'object' && value !== null && 'name' in value);
  return typeof value === 'string' && kind.includes(value);
}

/** A kind in words, such as `a list of numbers`. */
export function kindInWords(kind: OptionKind): string {
  if (typeof kind !== 'string') return `one of ${kind.join(', ')}`;
  if (kind === 'spec') return 'a name or { name, options }';
  if (kind === 'numbers') return 'a list of numbers';
  return kind === 'string' ? 'a text' : `a ${kind}`;
}

/** A range as an interval, such as `[0, 1)`; nothing where any number will do. */
export function intervalOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: OptionRange): string {
  if ([minimum, exclusiveMinimum, maximum, exclusiveMaximum].every((bound) => bound === undefined)) return '';
  const low = minimum === undefined ? `(${exclusiveMinimum ?? '-∞'}` : `[${minimum}`;
  const high = maximum === undefined ? `${exclusiveMaximum ?? '∞'})` : `${maximum}]`;
  return `${low}, ${high}`;
}

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

/** What an option may be, in words, such as `a whole number in [1, ∞)`. */
export function optionInWords(declared: OptionKind | OptionDeclaration): string {
  const { kind, choice, ...range } = declarationOf(declared);
  if (kind === 'spec' && choice) return `${article(choice)}: ${kindInWords(kind)}`;
  if (kind === 'boolean') return 'true or false';
  if (kind !== 'number') return kindInWords(kind);
  const interval = intervalOf(range);
  return `a ${range.whole ? 'whole ' : ''}number${interval ? ` in ${interval}` : ''}`;
}

/** Whether a number lies in a range. */
export const isWithinRange = (
  value: number,
  {
    whole = false,
    minimum = -Infinity,
    exclusiveMinimum = -Infinity,
    maximum = Infinity,
    exclusiveMaximum = Infinity,
  }: OptionRange,
): boolean =>
  value >= minimum &&
  value <= maximum &&
  (value > exclusiveMinimum || exclusiveMinimum === -Infinity) &&
  (value < exclusiveMaximum || exclusiveMaximum === Infinity) &&
  (!whole || Number.isInteger(value));
