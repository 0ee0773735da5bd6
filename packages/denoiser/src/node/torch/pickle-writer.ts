import type { StoredTensor } from './stored-tensor';

/** A value that is written to a checkpoint: plain data, and tensors by where their numbers are. */
export type Picklable =
  null | boolean | number | string | readonly Picklable[] | PickledTensor | { readonly [key: string]: Picklable };

/** A tensor whose numbers are a whole storage, in row-major order. */
export interface PickledTensor {
  readonly tensor: Pick<StoredTensor, 'shape' | 'storage'>;
  /** The storage's type in torch, such as `FloatStorage`. */
  readonly of: string;
}

const isTensor = (value: object): value is PickledTensor => 'tensor' in value && 'of' in value;

/** Operations of protocol 2, which torch reads without running code. Source: CPython, `Lib/pickletools.py`. */
const CODES = {
  mark: '(',
  tuple: 't',
  dict: '}',
  setItems: 'u',
  list: ']',
  appends: 'e',
  reduce: 'R',
  persistent: 'Q',
};

const fixed = (code: string, size: 4 | 8, write: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(1 + size);
  bytes.write(code, 'latin1');
  write(bytes);
  return bytes;
};

function numberOf(value: number): Buffer {
  if (!Number.isSafeInteger(value)) return fixed('G', 8, (bytes) => bytes.writeDoubleBE(value, 1));
  if (Math.abs(value) < 2 ** 31) return fixed('J', 4, (bytes) => bytes.writeInt32LE(value, 1));
  const long = Buffer.alloc(10);
  long.write('\x8a\x08', 'latin1');
  long.writeBigInt64LE(BigInt(value), 2);
  return long;
}

function textOf(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const head = fixed('X', 4, (start) => start.writeUInt32LE(bytes.length, 1));
  return Buffer.concat([head, bytes]);
}

/** Writes plain data and tensors as torch.save pickles them; nothing else, so that nothing in it is code. */
export function writePickle(value: Picklable): Uint8Array {
  const parts: Uint8Array[] = [];
  const code = (text: string) => void parts.push(Buffer.from(text, 'latin1'));
  const name = (module: string, own: string) => code(`c${module}\n${own}\n`);

  function writeTensor({ tensor: { shape, storage }, of }: PickledTensor): void {
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
    name('torch._utils', '_rebuild_tensor_v2');
    code(CODES.mark + CODES.mark);
    write('storage');
    name('torch', of);
    for (const one of [storage, 'cpu', shape.reduce((a, b) => a * b, 1)]) write(one);
    code(CODES.tuple + CODES.persistent);
    write(0);
    for (const sizes of [shape, strides]) {
      code(CODES.mark);
      sizes.forEach(write);
      code(CODES.tuple);
    }
    write(false);
    name('collections', 'OrderedDict');
    code(`)${CODES.reduce}${CODES.tuple}${CODES.reduce}`);
  }

  function write(one: Picklable): void {
    if (one === null) code('N');
    else if (typeof one === 'boolean') code(one ? '\x88' : '\x89');
    else if (typeof one === 'number') parts.push(numberOf(one));
    else if (typeof one === 'string') parts.push(textOf(one));
    else if (Array.isArray(one)) {
      code(CODES.list + CODES.mark);
      (one as readonly Picklable[]).forEach(write);
      code(CODES.appends);
    } else if (isTensor(one)) writeTensor(one);
    else {
      code(CODES.dict + CODES.mark);
      for (const [key, member] of Object.entries(one)) {
        write(key);
        write(member);
      }
      code(CODES.setItems);
    }
  }

  code('\x80\x02');
  write(value);
  code('.');
  return Buffer.concat(parts);
}
