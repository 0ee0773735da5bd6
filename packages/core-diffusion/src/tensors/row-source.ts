import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Part, type RowFunction, type RowInputs, inParts } from './in-parts';

/** Rows that are computed when they are asked for, so that those of all N places are never there at once. */
export interface RowSource extends RowInputs {
  readonly at: RowFunction;
}

/** The source of rows that are there: a tensor [N, …]. */
export const givenRows = (rows: Tensor): RowSource => ({
  rows: [rows],
  shared: [],
  constantRows: [],
  constants: [],
  at: ({ rows: [own] }) => own!,
});

/** The same rows as constants to every gradient. */
export const constantSource = ({ rows, shared, constantRows, constants, at }: RowSource): RowSource => ({
  rows: [],
  shared: [],
  constantRows: [...rows, ...constantRows],
  constants: [...shared, ...constants],
  at: (part) =>
    at({
      start: part.start,
      rows: part.constantRows.slice(0, rows.length),
      constantRows: part.constantRows.slice(rows.length),
      shared: part.constants.slice(0, shared.length),
      constants: part.constants.slice(shared.length),
    }),
});

/** The rows at some places, int32 [M], of which places may stand several times. */
export const rowsAt = ({ rows, shared, constantRows, constants, at }: RowSource, places: Tensor): RowSource => ({
  rows: rows.map((tensor) => tf.gather(tensor, places as tf.Tensor1D)),
  shared,
  constantRows: [places],
  // Those may be wide, and no gradient asks for a copy of them.
  constants: [...constantRows, ...constants],
  at: ({ constantRows: [own], constants: given, ...part }) =>
    at({
      ...part,
      constantRows: given.slice(0, constantRows.length).map((tensor) => tf.gather(tensor, own as tf.Tensor1D)),
      constants: given.slice(constantRows.length),
    }),
});

/** All rows, [N, …], computed for at most `most` at a time. */
export const allRows = (source: RowSource, most: number): Tensor => inParts(source, most, source.at);

/** Lists of inputs as one, and each of them again from a part of all. */
export function joined(...lists: readonly RowInputs[]): { inputs: RowInputs; split(part: Part): Part[] } {
  const names = ['rows', 'shared', 'constantRows', 'constants'] as const;
  const each = (of: (name: (typeof names)[number]) => readonly Tensor[]) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as unknown as RowInputs;
  return {
    inputs: each((name) => lists.flatMap((list) => list[name])),
    split(part) {
      const at = { rows: 0, shared: 0, constantRows: 0, constants: 0 };
      return lists.map((list) => ({
        start: part.start,
        ...each((name) => part[name].slice(at[name], (at[name] += list[name].length))),
      }));
    },
  };
}
