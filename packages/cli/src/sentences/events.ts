import type { Engine } from '@idlm/engine';
import type { SweepCell } from '@idlm/evaluation';
import { textName } from '@idlm/recipe/evaluation';
import type { Metrics } from '@idlm/trainer';
import type { EvaluationEvent, JobEvent, LabelledTrainingEvent, OnEvent, PreparationEvent } from '@idlm/recipe';
import { describeChange } from '@idlm/recipe/records';
import type { Interrupts, Terminal, TerminalReporter } from '../terminal';
import { describeCorpus } from './corpus';
import { describeDrift } from './drift';
import { likelihoodSentence } from './likelihood';
import { countedSteps } from './steps';

/** Where the events of a job are told. */
export interface Telling {
  readonly terminal: Pick<Terminal, 'warn'>;
  readonly reporter: TerminalReporter;
  /** Absent where nothing is saved on the way, so that the first interrupt ends the process. */
  readonly interrupts?: Interrupts;
  /** What is said of a training that an interrupt has ended, behind "Stopped after update 3 and saved"; absent: nothing. */
  readonly stopped?: string;
}

function describeEngine({ name, version, threads, reason }: Engine): string {
  return `Engine: ${name} (${version}, ${threads} ${threads === 1 ? 'thread' : 'threads'}): ${reason}.`;
}

/** How the preparation of a job is told. */
export function tellPreparation(
  { reporter, terminal }: Pick<Telling, 'reporter' | 'terminal'>,
  event: PreparationEvent,
): void {
  switch (event.kind) {
    case 'reading':
      return reporter.doing(
        event.bytes ? `Reading the text, ${Math.floor((100 * event.bytes) / event.total)} %` : 'Reading the text',
      );
    case 'text':
      return reporter.note(describeCorpus(event.data, event.corpus));
    case 'engine':
      return reporter.note(describeEngine(event.engine));
    case 'note':
      return reporter.note(event.message);
    case 'caution':
      return terminal.warn(event.message);
  }
}

const lossesOf = (metrics: Metrics): string =>
  Object.entries(metrics)
    .filter(([name]) => name.endsWith('/loss'))
    .map(([name, value]) => `${name.replaceAll('/', ' ')} ${value.toFixed(3)}`)
    .join(', ');

/** How a training is told: it remembers what the last look at held-out text found. */
function trainingTeller({ reporter, interrupts, stopped }: Telling): OnEvent<LabelledTrainingEvent> {
  let held: Metrics = {};
  return (event) => {
    switch (event.kind) {
      case 'start': {
        const { step, updates, resumed, changes, label } = event;
        held = {};
        if (resumed) {
          reporter.note(`Going on from update ${step}.`);
          changes.forEach((change) => reporter.note(`From update ${step} on: ${describeChange(change)}.`));
        }
        if (step < updates) reporter.progress(label, step, updates, 'making the first update');
        return;
      }
      case 'update':
        interrupts?.defer();
        return reporter.progress(event.label, event.step, event.updates, lossesOf({ ...event.metrics, ...held }));
      case 'guard':
        held = event.metrics;
        return;
      case 'warning':
      case 'alarm':
        return reporter.note(event.message);
      case 'unguarded':
        return reporter.note('No guard against drift: it needs two held-out sequences or more.');
      case 'drift-limits':
        return reporter.note(
          `Guard: the teacher at ${countedSteps(event.steps)} drifts by ${describeDrift(event.teacher)}; chance alone by ${describeDrift(event.floor)} (${event.samples} samples).`,
        );
      case 'end':
        if (event.result.interrupted && stopped)
          reporter.note(`Stopped after update ${event.result.step} and saved${stopped}`);
        return interrupts?.release();
    }
  };
}

const numbersOf = ({ perplexity, entropy, evaluationsPerSample }: SweepCell): string =>
  `${Object.entries(perplexity)
    .map(([name, value]) => `${name} ${value.toFixed(1)}`)
    .join(', ')}, entropy ${entropy.toFixed(3)}, ${evaluationsPerSample.toFixed(1)} network evaluations per sample`;

/** How an evaluation is told. */
function tellEvaluation(reporter: TerminalReporter, event: EvaluationEvent): void {
  if (event.kind === 'bound') {
    return reporter.note(likelihoodSentence(event.model, event.bound, textName({ text: event })));
  }
  if (event.kind === 'inputs') return;
  const { row, done, cells } = event;
  reporter.progress(
    'Sampling and judging',
    done,
    cells,
    `${row.model} at ${countedSteps(row.steps)}: ${numbersOf(row)}`,
  );
}

/** The events of a job in words and progress lines; those of a training mind interrupts. */
export function tellEvents(telling: Telling): OnEvent {
  const tellTraining = trainingTeller(telling);
  return (event: JobEvent) => {
    if ('label' in event) return tellTraining(event);
    if (event.kind === 'cell' || event.kind === 'bound' || event.kind === 'inputs')
      return tellEvaluation(telling.reporter, event);
    return tellPreparation(telling, event);
  };
}
