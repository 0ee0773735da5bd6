/** What one client, and all together, may ask for. */
export interface Limits {
  /** Largest body of a request, in bytes. */
  readonly bodyBytes: number;
  /** Most texts of one request. */
  readonly rows: number;
  /** Most steps of a text. */
  readonly steps: number;
  /** Most tokens of a text, prompt included; a model's own length holds too. */
  readonly length: number;
  /** Most tokens of all texts of one request, prompts included. */
  readonly tokens: number;
  /** Seconds after which a request that is not finished ends. */
  readonly seconds: number;
  /** Seconds after which the connection of a client ends that reads nothing of what it is sent. */
  readonly stalledSeconds: number;
  /** Most seconds for which frames are kept once nobody reads them. */
  readonly retainSeconds: number;
  /** Most texts under way of one model; others wait. */
  readonly rowsUnderWay: number;
  /** Most texts that wait or are under way, of all models; requests for more are told to come again. */
  readonly queuedRows: number;
  /** Milliseconds that a text waits for others, to share a call of the network. */
  readonly batchDelay: number;
  /** Most memory of models that are open, estimated, in bytes. */
  readonly modelBytes: number;
}

/** The limits where none are given. */
export const LIMITS: Limits = {
  bodyBytes: 2 ** 20,
  rows: 128,
  steps: 1024,
  length: 65_536,
  tokens: 2 ** 18,
  seconds: 120,
  stalledSeconds: 30,
  retainSeconds: 60,
  rowsUnderWay: 256,
  queuedRows: 1024,
  batchDelay: 2,
  modelBytes: 4 * 2 ** 30,
};
