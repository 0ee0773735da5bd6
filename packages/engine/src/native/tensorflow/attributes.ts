import type { CApi } from './c-api';
import { type OpAttribute, TYPES } from './types';

/** Axes and other whole numbers as C reads them. @throws RangeError for what is not whole */
export const int64 = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt);

/**
 * Sets attributes of an eager op or of an operation in a graph: the C API has the same functions for both, under two
 * prefixes. A list of numbers sets a list attribute, one number a single one; lengths of strings are in bytes of UTF-8.
 * @param status for the one function that reports
 * @throws Error for a kind of attribute that is none of `TYPES`
 */
export function attributeSetter(c: CApi, prefix: 'TFE_OpSetAttr' | 'TF_SetAttr', status: number) {
  // Of these functions only the eager one for shapes reports through a status.
  const reported = prefix === 'TFE_OpSetAttr' ? [status] : [];
  return (op: number, { name, type, value }: OpAttribute): void => {
    switch (type) {
      case TYPES.TF_ATTR_STRING:
        return void c[`${prefix}String`](op, name, value as string, Buffer.byteLength(value as string));
      case TYPES.TF_ATTR_INT:
        return void (Array.isArray(value)
          ? c[`${prefix}IntList`](op, name, int64(value), value.length)
          : c[`${prefix}Int`](op, name, value as number));
      case TYPES.TF_ATTR_FLOAT:
        return void (Array.isArray(value)
          ? c[`${prefix}FloatList`](op, name, Float32Array.from(value), value.length)
          : c[`${prefix}Float`](op, name, value as number));
      case TYPES.TF_ATTR_BOOL:
        return void c[`${prefix}Bool`](op, name, value ? 1 : 0);
      case TYPES.TF_ATTR_TYPE:
        return void c[`${prefix}Type`](op, name, value as number);
      case TYPES.TF_ATTR_SHAPE:
        return void c[`${prefix}Shape`](op, name, int64(value as number[]), (value as number[]).length, ...reported);
      default:
        throw new Error(`attribute ${name} has the unknown type ${type}`);
    }
  };
}
