import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Dispatcher } from '../writing/dispatcher';
import type { WorkEvents } from '../writing/work-events';

/** Numbers of a server, for Prometheus. */
export interface Metrics extends Required<WorkEvents> {
  /** Is told of every request that has ended. @param status that of the answer; 499 where the client had left */
  onRequest(route: string, status: number, seconds: number): void;
  /** Lets it tell of the work as it is when it is asked. */
  watch(dispatcher: Pick<Dispatcher, 'rows' | 'modelBytes' | 'sources' | 'isOpen'>): void;
  /** All numbers as text, and its content type. */
  text(): Promise<{ readonly text: string; readonly type: string }>;
}

/** Upper ends of what takes from a millisecond to a minute. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Powers of two up to 1024. */
const POWERS = Array.from({ length: 11 }, (_, i) => 2 ** i);

/** What counts calls of networks and texts. */
function workMetrics(registers: Registry[]): Required<WorkEvents> {
  const rows = new Counter({
    name: 'idlm_texts_total',
    help: 'Texts that were finished.',
    labelNames: ['model', 'finish_reason'],
    registers,
  });
  const calls = new Histogram({
    name: 'idlm_text_network_calls',
    help: 'Calls of the network that followed one another for a text, each with whatever other rows were ready.',
    labelNames: ['model'],
    buckets: POWERS,
    registers,
  });
  const tokens = new Counter({
    name: 'idlm_tokens_total',
    help: 'Tokens that were written.',
    labelNames: ['model'],
    registers,
  });
  const batch = new Histogram({
    name: 'idlm_network_call_rows',
    help: 'Batch rows of a call of the network.',
    labelNames: ['model'],
    buckets: POWERS,
    registers,
  });
  const seconds = new Histogram({
    name: 'idlm_network_call_seconds',
    help: 'Duration of a call of the network.',
    labelNames: ['model'],
    buckets: SECONDS,
    registers,
  });
  return {
    onCall(model, count, duration) {
      batch.observe({ model }, count);
      seconds.observe({ model }, duration);
    },
    onRow(model, row) {
      rows.inc({ model, finish_reason: row.finishReason });
      calls.observe({ model }, row.networkCalls);
      tokens.inc({ model }, row.tokens);
    },
  };
}

/** What is asked of the work when somebody looks. */
function watchWork(registers: Registry[], dispatcher: Parameters<Metrics['watch']>[0]): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  gauge('idlm_texts_in_server', 'Texts that wait or are under way.', dispatcher.rows);
  gauge(
    'idlm_open_models',
    'Models in memory.',
    () => dispatcher.sources.filter(({ id }) => dispatcher.isOpen(id)).length,
  );
  gauge('idlm_open_model_bytes', 'Memory of open models, estimated.', dispatcher.modelBytes);
}

/** Numbers of one server, in a registry of its own. */
export function serverMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'idlm_request_seconds',
    help: 'Duration of a request, to the end of its answer.',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers,
  });
  return {
    ...workMetrics(registers),
    onRequest: (route, status, seconds) => requests.observe({ route, status }, seconds),
    watch: (dispatcher) => watchWork(registers, dispatcher),
    text: async () => ({ text: await registry.metrics(), type: registry.contentType }),
  };
}
