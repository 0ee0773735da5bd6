import type { Denoise, DenoiseRequest, Network } from '@idlm/samplers';
import { nextTurn } from '../next-turn';
import { joinRequests } from './join-requests';

/** When rows share a call of the network. */
export interface MergeOptions {
  /** Whether the network reads the noise level: rows at different times then share no call, unless it has `timesPerRow`. */
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
export interface Member {
  /** It may be asked several times at once; what is asked together is answered together, as far as calls have room. */
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
  /** Who asks. */
  readonly member: symbol;
  readonly since: number;
  resolve(logits: Float32Array | Float64Array): void;
  reject(error: unknown): void;
}

/** Fewest rows that a call is cut to, so that several run together: smaller ones take longer for each row. */
const MIN_SHARE = 16;

/** Logits that are handed out at first, and at most, before other events of the process have their turn. */
const [FIRST_AT_A_TURN, MOST_AT_A_TURN] = [2 ** 14, 2 ** 19];

/** Milliseconds of a turn: after shorter ones more is handed out, after longer ones less. To draw takes longer where texts are held to patterns. */
const [SHORT_TURN, LONG_TURN] = [5, 10];

const rowsOf = ({ tokens, length }: DenoiseRequest): number => tokens.length / length;

/** Hands the logits of a call to those whose rows it had, some at a time. */
async function handOut(
  served: readonly Waiting[],
  logits: Float32Array | Float64Array,
  vocabSize: number,
): Promise<void> {
  let [done, inTurn, most] = [0, 0, FIRST_AT_A_TURN];
  let began = performance.now();
  for (const { request, resolve } of served) {
    const count = request.positions.length * vocabSize;
    if (inTurn > 0 && inTurn + count > most) {
      await nextTurn();
      const taken = performance.now() - began;
      if (taken < SHORT_TURN) most = Math.min(MOST_AT_A_TURN, 2 * most);
      if (taken > LONG_TURN) most = Math.ceil(most / 2);
      [inTurn, began] = [0, performance.now()];
    }
    resolve(logits.subarray(done, done + count));
    done += count;
    inTurn += count;
  }
}

/**
 * Those of some who wait that go into the next call: the one that has waited longest, and others that can share its call.
 * @param most rows of the call, save where the first alone has more
 * @param sharesTimes whether those at different times can
 */
function shareOf(waiting: readonly Waiting[], most: number, sharesTimes: boolean): ReadonlySet<Waiting> {
  const [{ request: first }] = waiting as readonly [Waiting];
  let rows = 0;
  const taken = waiting.filter(({ request }) => {
    const isAlike = request.length === first.length && (sharesTimes || request.t === first.t);
    if (!isAlike || (rows > 0 && rows + rowsOf(request) > most)) return false;
    rows += rowsOf(request);
    return true;
  });
  return new Set(taken);
}

/**
 * Asks for logits, as somebody who waits until they come or a signal aborts.
 * @param enter puts them into the queue; `leave` takes them out of it
 */
function wait(
  asked: Pick<Waiting, 'request' | 'member'>,
  signal: AbortSignal | undefined,
  { enter, leave }: { enter(one: Waiting): void; leave(one: Waiting): void },
): ReturnType<Denoise> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const abandon = (): void => {
      leave(one);
      one.reject(signal!.reason as Error);
    };
    // Node keeps a signal that others were joined into for as long as somebody listens to it, even once it has aborted.
    const settled =
      <Value>(settle: (value: Value) => void) =>
      (value: Value): void => {
        signal?.removeEventListener('abort', abandon);
        settle(value);
      };
    const one = { ...asked, since: performance.now(), resolve: settled(resolve), reject: settled(reject) };
    signal?.addEventListener('abort', abandon);
    enter(one);
  });
}

/** Logits of all that some ask for, by one call. @throws Error for another number of them, which would be others' */
async function ask(
  served: readonly Waiting[],
  { denoise, timesPerRow = false }: Network,
  { vocabSize, onCall }: Pick<MergeOptions, 'vocabSize' | 'onCall'>,
): Promise<Float32Array | Float64Array> {
  const requests = served.map((one) => one.request);
  const request = joinRequests(requests, timesPerRow);
  const began = performance.now();
  const logits = await denoise(request);
  onCall?.(rowsOf(request), (performance.now() - began) / 1000);
  const asked = request.positions.length * vocabSize;
  if (logits.length !== asked)
    throw new Error(`The network was asked for ${asked} logits, and returned ${logits.length}.`);
  return logits;
}

/** Answers some by one call. @param onEnd is told when the network has answered or failed */
async function answer(
  served: readonly Waiting[],
  network: Network,
  options: MergeOptions,
  onEnd: () => void,
): Promise<void> {
  try {
    const logits = await ask(served, network, options).finally(onEnd);
    await handOut(served, logits, options.vocabSize);
  } catch (error) {
    served.forEach(({ reject }) => reject(error));
  }
}

/** Who waits for calls of a network, and what they are merged into. */
function mergingQueue(network: Network, options: MergeOptions) {
  const { atOnce = 1, timesPerRow = false } = network;
  const sharesTimes = timesPerRow || !options.timeConditioned;
  let waiting: readonly Waiting[] = [];
  let members = 0;
  const calls = new Set<readonly Waiting[]>();
  let isBeginning = false;
  let timer: NodeJS.Timeout | undefined;

  function run(served: readonly Waiting[]): void {
    calls.add(served);
    void answer(served, network, options, () => calls.delete(served)).then(begin);
  }

  /** Whether somebody may still ask: neither waits nor is being answered. */
  function mayAsk(): boolean {
    const asked = [...waiting, ...[...calls].flat()];
    return asked.length < members || new Set(asked.map(({ member }) => member)).size < members;
  }

  /** Begins what calls can begin now, and else sets the time at which one will. */
  function begin(): void {
    clearTimeout(timer);
    while (waiting.length && calls.size < atOnce) {
      const left = options.maxDelay - (performance.now() - waiting[0]!.since);
      if (left > 0 && mayAsk()) {
        timer = setTimeout(begin, left);
        return;
      }
      const asking = Math.max(members, waiting.length);
      const most = Math.min(options.maxRows, Math.max(MIN_SHARE, Math.ceil(asking / atOnce)));
      const served = shareOf(waiting, most, sharesTimes);
      waiting = waiting.filter((one) => !served.has(one));
      run([...served]);
    }
  }

  /** Begins once for all that was asked together. */
  function beginOnce(): void {
    isBeginning = false;
    begin();
  }

  return {
    /** How many may ask has changed by so many. */
    addMembers(count: number): void {
      members += count;
      if (count < 0) begin();
    },
    enter(one: Waiting): void {
      waiting = [...waiting, one];
      if (!isBeginning) queueMicrotask(beginOnce);
      isBeginning = true;
    },
    leave(one: Waiting): void {
      waiting = waiting.filter((other) => other !== one);
    },
  };
}

/**
 * A network that many ask at once: rows of equal length that wait, whoever asks for them and whichever step they stand at, go to it in
 * one call. A call begins as soon as all who are under way wait, else when one has waited for `maxDelay`; as many are under way as
 * the network takes at once. What a row is told does not depend on who else is in the call, but for the network's own rounding.
 */
export function mergeCalls(network: Network, options: MergeOptions): MergedNetwork {
  const queue = mergingQueue(network, options);
  return {
    join(signal) {
      queue.addMembers(1);
      let isMember = true;
      const member = Symbol();
      return {
        denoise: (request) => wait({ request, member }, signal, queue),
        leave() {
          if (!isMember) return;
          isMember = false;
          queue.addMembers(-1);
        },
      };
    },
  };
}
