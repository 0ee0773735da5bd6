import { InputError } from '@idlm/core-diffusion';
import { type PickleCursor, pickleCursor } from './pickle-cursor';
import { PickledDict, PickledName, PickledObject, PickledReference, type PickleValue } from './pickle-values';

/** The machine that a pickle's operations run on. It makes values and nothing else: no name is looked up, no function called. */
interface Machine {
  readonly cursor: PickleCursor;
  readonly memo: Map<number, PickleValue>;
  /** The open lists of values; the last is worked on, those before it wait behind their marks. */
  readonly stacks: PickleValue[][];
  push(value: PickleValue): void;
  pop(): PickleValue;
  top(): PickleValue;
  /** Values since the last mark, which goes. */
  popMark(): PickleValue[];
}

type Operation = (machine: Machine) => void;

function machineOn(cursor: PickleCursor): Machine {
  const stacks: PickleValue[][] = [[]];
  const current = () => stacks.at(-1)!;
  return {
    cursor,
    memo: new Map(),
    stacks,
    push: (value) => current().push(value),
    pop() {
      const stack = current();
      return stack.length ? stack.pop()! : cursor.refuse('takes a value that is not there');
    },
    top() {
      const stack = current();
      return stack.length ? stack.at(-1)! : cursor.refuse('takes a value that is not there');
    },
    popMark: () => (stacks.length > 1 ? stacks.pop()! : cursor.refuse('goes back to a mark that is not there')),
  };
}

/** Adds pairs to a dictionary, or to an object that is one. */
function setItems({ top, cursor }: Machine, values: readonly PickleValue[]): void {
  const target = top();
  if (!(target instanceof PickledDict || target instanceof PickledObject) || values.length % 2)
    return cursor.refuse('sets items of what is no dictionary');
  for (let i = 0; i < values.length; i += 2) target.items.push([values[i]!, values[i + 1]!]);
}

/** Adds elements to a list, or to an object that is one. */
function append({ top, cursor }: Machine, values: readonly PickleValue[]): void {
  const target = top();
  const list = Array.isArray(target) ? target : target instanceof PickledObject ? target.elements : undefined;
  if (!list) return cursor.refuse('appends to what is no list');
  for (const value of values) list.push(value);
}

const asDict = (machine: Machine, values: readonly PickleValue[]): void => {
  machine.push(new PickledDict());
  setItems(machine, values);
};

const tupleOf =
  (size: number): Operation =>
  ({ push, pop }) => {
    const values = Array.from({ length: size }, pop);
    push(values.reverse());
  };

const make: Operation = ({ push, pop }) => {
  const args = pop();
  push(new PickledObject(pop(), args));
};

const remember = ({ memo, top }: Machine, place: number): void => void memo.set(place, top());

const recall = ({ memo, push, cursor }: Machine, place: number): void =>
  memo.has(place) ? push(memo.get(place)!) : cursor.refuse(`recalls value ${place}, which is not there`);

/** A text of an earlier operation. */
const text = ({ pop, cursor }: Machine): string => {
  const value = pop();
  return typeof value === 'string' ? value : cursor.refuse('has no text where a name should be');
};

/** Operations by their byte. Source: CPython, `Lib/pickletools.py`; those of extensions, which only programs agree on, are left out. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  '\x80': ({ cursor }) => void cursor.uint(1),
  '\x95': ({ cursor }) => void cursor.uint(8),
  '(': ({ stacks }) => void stacks.push([]),
  0: (machine) => {
    if (machine.stacks.at(-1)!.length) machine.pop();
    else machine.popMark();
  },
  1: ({ popMark }) => void popMark(),
  2: ({ push, top }) => push(top()),
  N: ({ push }) => push(null),
  '\x88': ({ push }) => push(true),
  '\x89': ({ push }) => push(false),
  J: ({ push, cursor }) => push(cursor.uint(4) | 0),
  K: ({ push, cursor }) => push(cursor.uint(1)),
  M: ({ push, cursor }) => push(cursor.uint(2)),
  I: ({ push, cursor }) => {
    const line = cursor.line();
    push(line === '01' ? true : line === '00' ? false : Number(line));
  },
  L: ({ push, cursor }) => push(Number(cursor.line().replace(/L$/, ''))),
  '\x8a': ({ push, cursor }) => push(cursor.long(cursor.uint(1))),
  '\x8b': ({ push, cursor }) => push(cursor.long(cursor.uint(4))),
  F: ({ push, cursor }) => push(Number(cursor.line())),
  G: ({ push, cursor }) => push(cursor.float()),
  X: ({ push, cursor }) => push(cursor.text(cursor.uint(4))),
  '\x8c': ({ push, cursor }) => push(cursor.text(cursor.uint(1))),
  '\x8d': ({ push, cursor }) => push(cursor.text(cursor.uint(8))),
  V: ({ push, cursor }) => push(cursor.line()),
  S: ({ push, cursor }) => push(cursor.line().replace(/^(['"])(.*)\1$/, '$2')),
  T: ({ push, cursor }) => push(cursor.latin1(cursor.uint(4))),
  U: ({ push, cursor }) => push(cursor.latin1(cursor.uint(1))),
  B: ({ push, cursor }) => push(cursor.bytes(cursor.uint(4))),
  C: ({ push, cursor }) => push(cursor.bytes(cursor.uint(1))),
  '\x8e': ({ push, cursor }) => push(cursor.bytes(cursor.uint(8))),
  '\x96': ({ push, cursor }) => push(cursor.bytes(cursor.uint(8))),
  ']': ({ push }) => push([]),
  l: ({ push, popMark }) => push(popMark()),
  a: (machine) => append(machine, [machine.pop()]),
  e: (machine) => append(machine, machine.popMark()),
  '}': ({ push }) => push(new PickledDict()),
  d: (machine) => asDict(machine, machine.popMark()),
  s: (machine) => {
    const value = machine.pop();
    setItems(machine, [machine.pop(), value]);
  },
  u: (machine) => setItems(machine, machine.popMark()),
  ')': ({ push }) => push([]),
  t: ({ push, popMark }) => push(popMark()),
  '\x85': tupleOf(1),
  '\x86': tupleOf(2),
  '\x87': tupleOf(3),
  // Sets, which weights have none of, are kept as lists.
  '\x8f': ({ push }) => push([]),
  '\x90': (machine) => append(machine, machine.popMark()),
  '\x91': ({ push, popMark }) => push(popMark()),
  q: (machine) => remember(machine, machine.cursor.uint(1)),
  r: (machine) => remember(machine, machine.cursor.uint(4)),
  p: (machine) => remember(machine, Number(machine.cursor.line())),
  '\x94': (machine) => remember(machine, machine.memo.size),
  h: (machine) => recall(machine, machine.cursor.uint(1)),
  j: (machine) => recall(machine, machine.cursor.uint(4)),
  g: (machine) => recall(machine, Number(machine.cursor.line())),
  c: ({ push, cursor }) => push(new PickledName(cursor.line(), cursor.line())),
  '\x93': (machine) => {
    const name = text(machine);
    machine.push(new PickledName(text(machine), name));
  },
  R: make,
  '\x81': make,
  '\x92': (machine) => {
    machine.pop();
    make(machine);
  },
  i: ({ push, popMark, cursor }) => push(new PickledObject(new PickledName(cursor.line(), cursor.line()), popMark())),
  o: ({ push, popMark, cursor }) => {
    const [of, ...args] = popMark();
    push(of === undefined ? cursor.refuse('makes an object of nothing') : new PickledObject(of, args));
  },
  b: ({ pop, top }) => {
    const state = pop();
    const target = top();
    // Dictionaries and lists of classes of Python's own have a state, too, which weights do not need.
    if (target instanceof PickledObject) target.state = state;
  },
  Q: ({ push, pop }) => push(new PickledReference(pop())),
  P: ({ push, cursor }) => push(new PickledReference(cursor.line())),
};

/**
 * Reads a pickle as data: numbers, texts, lists and dictionaries are themselves, and all else is described by name and arguments.
 * Nothing is looked up, imported or called, so that no file can make anything run.
 * @param what the file in messages
 * @throws InputError for damaged pickles and operations that are not known
 */
export function readPickle(bytes: Uint8Array, what: string): PickleValue {
  const cursor = pickleCursor(bytes, what);
  const machine = machineOn(cursor);
  for (;;) {
    const code = String.fromCharCode(cursor.uint(1));
    if (code === '.') return machine.pop();
    const operation = OPERATIONS[code];
    if (!operation)
      throw new InputError(
        `${what} has the operation ${JSON.stringify(code)}, which is not known; save it again with torch.save.`,
      );
    operation(machine);
  }
}
