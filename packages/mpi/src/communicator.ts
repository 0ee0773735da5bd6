import type { Communicator } from '@idlm/core-diffusion/ranks';
import { addBfloat16, fromBfloat16, toBfloat16 } from './bfloat16';
import type { MpiFunctions } from './library/functions';

/** Bytes of one broadcast, since MPI counts in 31 bits: 1 GiB. */
const MOST_AT_ONCE = 2 ** 30;

/** Numbers of one all-reduce: 2²⁴, 64 MiB; larger ones gain nothing, and smaller ones cost their latency. */
const NUMBERS_AT_ONCE = 2 ** 24;

/** An array that C may write to: small ones move until their buffer is asked for. */
function still<View extends ArrayBufferView>(view: View): View {
  void view.buffer;
  return view;
}

/** Adds numbers that are rounded on their way: each rank adds those of its share in float32, and rounds the sum once more. */
async function sumRounded(
  { exchange, gather }: MpiFunctions,
  { rank, size }: Place,
  values: Float32Array,
): Promise<void> {
  const share = Math.ceil(values.length / size);
  const [given, taken] = [still(new Uint16Array(share * size)), still(new Uint16Array(share * size))];
  toBfloat16(values, given.subarray(0, values.length));
  await exchange(given, taken, 2 * share);
  const sum = new Float32Array(share);
  for (let other = 0; other < size; other++) addBfloat16(sum, taken.subarray(other * share, (other + 1) * share));
  const rounded = still(given.slice(rank * share, (rank + 1) * share));
  toBfloat16(sum, rounded);
  await gather(rounded, taken, 2 * share);
  fromBfloat16(taken.subarray(0, values.length), values);
}

type Place = Pick<Communicator, 'rank' | 'size'>;

/** Bytes of all ranks: first how many, then themselves. */
async function gatherAll(mpi: MpiFunctions, size: number, bytes: Uint8Array): Promise<readonly Uint8Array[]> {
  const counts = still(new Int32Array(size));
  await mpi.gather(still(Int32Array.of(bytes.length)), counts, 4);
  const places = still(new Int32Array(size));
  for (let i = 1; i < size; i++) places[i] = places[i - 1]! + counts[i - 1]!;
  const all = still(new Uint8Array(places[size - 1]! + counts[size - 1]!));
  await mpi.gatherSome(still(bytes.slice()), all, counts, places);
  return Array.from(counts, (count, i) => all.subarray(places[i], places[i]! + count));
}

/** Bytes of rank 0 at all ranks, in pieces. */
async function broadcastAll(mpi: MpiFunctions, rank: number, bytes: Uint8Array): Promise<Uint8Array> {
  const count = still(Float64Array.of(bytes.length));
  await mpi.broadcast(count);
  const all = rank === 0 ? bytes : still(new Uint8Array(count[0]!));
  for (let at = 0; at < all.length; at += MOST_AT_ONCE) await mpi.broadcast(all.subarray(at, at + MOST_AT_ONCE));
  return all;
}

/** Calls that are made one after another, and nothing else between those of one. */
function inTurn(): <Result>(act: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act, act);
    last = turn;
    turn.catch(() => {});
    return turn;
  };
}

/**
 * The ranks of MPI_COMM_WORLD. One call is made at a time, on another thread, in place where numbers lie.
 * @param watched follows a call until it ends
 */
export function communicatorOf(
  mpi: MpiFunctions,
  watched: <Result>(call: Promise<Result>) => Promise<Result>,
): Communicator {
  const [rank, size, turn] = [mpi.rank(), mpi.size(), inTurn()];
  const call = <Result>(act: () => Promise<Result>) => turn(() => watched(act()));
  return {
    rank,
    size,
    sum: (values, wire = 'float32') =>
      call(async () => {
        for (let at = 0; at < values.length; at += NUMBERS_AT_ONCE) {
          const some = still(values.subarray(at, at + NUMBERS_AT_ONCE));
          await (wire === 'float32' ? mpi.sumInPlace(some) : sumRounded(mpi, { rank, size }, some));
        }
      }),
    gather: (bytes) => call(() => gatherAll(mpi, size, bytes)),
    broadcast: (bytes) => call(() => broadcastAll(mpi, rank, still(bytes))),
  };
}
