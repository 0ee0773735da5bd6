/** The name of a class or function of Python, which is never looked up. */
export class PickledName {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  /** As Python writes it. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What a name would have been called with, or an object of that class: kept as data, never called. */
export class PickledObject {
  /** What the object is given behind its creation (BUILD). */
  state: PickleValue = null;
  readonly items: [PickleValue, PickleValue][] = [];
  readonly elements: PickleValue[] = [];

  constructor(
    readonly of: PickleValue,
    readonly args: PickleValue,
  ) {}
}

/** A reference to something outside the pickle, such as the numbers of a tensor. */
export class PickledReference {
  constructor(readonly id: PickleValue) {}
}

/** A dictionary of Python, in its order; keys are mostly texts. */
export class PickledDict {
  readonly items: [PickleValue, PickleValue][] = [];
}

/** A value in a pickle: plain data, or a description of what Python would have made. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickledDict
  | PickledName
  | PickledObject
  | PickledReference;

/** The items of a dictionary or an object that is one, such as an OrderedDict; undefined for others. */
export const itemsOf = (value: PickleValue | undefined): readonly [PickleValue, PickleValue][] | undefined =>
  value instanceof PickledDict || value instanceof PickledObject ? value.items : undefined;

/** What stands under a text in a dictionary; the last where there are several, as in Python. */
export const memberOf = (value: PickleValue | undefined, key: string): PickleValue | undefined =>
  itemsOf(value)?.findLast(([name]) => name === key)?.[1];

/** What a name was called with, if the value is a call of one of these. */
export function callOf(value: PickleValue | undefined, ...paths: readonly string[]): PickleValue[] | undefined {
  if (!(value instanceof PickledObject && value.of instanceof PickledName && paths.includes(value.of.path)))
    return undefined;
  return Array.isArray(value.args) ? value.args : undefined;
}
