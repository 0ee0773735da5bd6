import type { Denoise, DenoiseRequest, Network } from '@idlm/samplers';
import { joinRequests } from './join-requests';

/** When rows share a call of the network. */
export interface MergeOptions {
  /** Whether the network reads the noise level: rows at different times then share no call. */
  readonly timeConditioned: boolean;
  /** V: logits of a position. */
  readonly vocabSize: number;
  /** Most rows of one call. */
  readonly maxRows: number;
  /** Milliseconds that a row waits for others at most, where the network could take it at once. */
  readonly maxDelay: number;
  /** Is told of every call that has ended: its rows, and its seconds. */
  readonly onCall?: (rows: number, seconds: number) => void;
}

/** A text's way to the network. */
interface Member {
  readonly denoise: Denoise;
  /** No more is asked: others do not wait for it. */
  leave(): void;
}

/** A network whose calls are filled with the rows of all who ask. */
export interface MergedNetwork {
  /** @param signal takes what it asks out of the queue, and its rows out of calls that have not begun */
  join(signal?: AbortSignal): Member;
}

/** Somebody who waits for logits. */
interface Waiting {
  readonly request: DenoiseRequest;
  readonly since: number;
  resolve(logits: Float32Array | Float64Array): void;
  reject(error: unknown): void;
}

/** Fewest rows that a call is cut to, so that several run together: smaller ones take longer for each row. */
const MIN_SHARE = 16;

/** Logits that are handed out before other events of the process have their turn; to draw from them takes some milliseconds. */
const LOGITS_AT_A_TURN = 2 ** 19;

const rowsOf = ({ tokens, length }: DenoiseRequest): number => tokens.length / length;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Hands the logits of a call to those whose rows it had, some at a time. */
async function handOut(
  served: readonly Waiting[],
  logits: Float32Array | Float64Array,
  vocabSize: number,
): Promise<void> {
  let [done, inTurn] = [0, 0];
  for (const { request, resolve } of served) {
    const count = request.positions.length * vocabSize;
    if (inTurn > 0 && inTurn + count > LOGITS_AT_A_TURN) {
      await nextTurn();
      inTurn = 0;
    }
    resolve(logits.subarray(done, done + count));
    done += count;
    inTurn += count;
  }
}

/**
 * A network that many ask at once: rows of equal length that wait, whoever asks for them and whichever step they stand at, go to it in
 * one call. A call begins as soon as all who are under way wait, else when one has waited for `maxDelay`; as many are under way as
 * the network takes at once. What a row is told does not depend on who else is in the call, but for the network's own rounding.
 */
export function mergeCalls(
  network: Network,
  { timeConditioned, vocabSize, maxRows, maxDelay, onCall }: MergeOptions,
): MergedNetwork {
  const { denoise, atOnce = 1 } = network;
  let waiting: readonly Waiting[] = [];
  let [members, calls, computing] = [0, 0, 0];
  let timer: NodeJS.Timeout | undefined;

  /** Those that go into the next call: the one that has waited longest, and others that can share its call. */
  function take(): readonly Waiting[] {
    const [{ request: first }] = waiting as readonly [Waiting];
    const most = Math.min(maxRows, Math.max(MIN_SHARE, Math.ceil(members / atOnce)));
    let rows = 0;
    const taken = waiting.filter(({ request }) => {
      const isAlike = request.length === first.length && (!timeConditioned || request.t === first.t);
      if (!isAlike || (rows > 0 && rows + rowsOf(request) > most)) return false;
      rows += rowsOf(request);
      return true;
    });
    const gone = new Set(taken);
    waiting = waiting.filter((one) => !gone.has(one));
    return taken;
  }

  async function run(served: readonly Waiting[]): Promise<void> {
    const request = joinRequests(served.map((one) => one.request));
    const began = performance.now();
    calls++;
    computing += served.length;
    try {
      const logits = await denoise(request);
      onCall?.(rowsOf(request), (performance.now() - began) / 1000);
      computing -= served.length;
      calls--;
      await handOut(served, logits, vocabSize);
    } catch (error) {
      computing -= served.length;
      calls--;
      served.forEach(({ reject }) => reject(error));
    }
    begin();
  }

  /** Begins what calls can begin now, and else sets the time at which one will. */
  function begin(): void {
    clearTimeout(timer);
    while (waiting.length && calls < atOnce) {
      const left = maxDelay - (performance.now() - waiting[0]!.since);
      if (left > 0 && waiting.length + computing < members) {
        timer = setTimeout(begin, left);
        return;
      }
      void run(take());
    }
  }

  return {
    join(signal) {
      members++;
      let isMember = true;
      return {
        denoise: (request) =>
          new Promise((resolve, reject) => {
            if (signal?.aborted) return reject(signal.reason as Error);
            const leave = (): void => {
              waiting = waiting.filter((other) => other !== one);
              reject(signal!.reason as Error);
            };
            const settled =
              <Value>(settle: (value: Value) => void) =>
              (value: Value): void => {
                signal?.removeEventListener('abort', leave);
                settle(value);
              };
            const one = { request, since: performance.now(), resolve: settled(resolve), reject: settled(reject) };
            signal?.addEventListener('abort', leave);
            waiting = [...waiting, one];
            begin();
          }),
        leave() {
          if (!isMember) return;
          isMember = false;
          members--;
          begin();
        },
      };
    },
  };
}
