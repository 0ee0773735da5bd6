import type { Measure, Progress, TextFrame } from '../../worker/messages';
import { bringIntoView, find } from '../elements';
import type { WritingModel } from '../writing/writer';
import { stageIn } from './stage';

/** Numbers of steps to choose from; a model's own is among them. */
const STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** A model's place on the page. */
export interface Panel {
  readonly element: HTMLElement;
  readonly model: WritingModel;
  /** Steps that are chosen. */
  steps(): number;
  /** Empties it for another text. */
  begin(): void;
  /** Scrolls to it, where it is out of sight. */
  bringIntoView(): void;
  show(frame: TextFrame): void;
  showProgress(progress: Progress): void;
  showMeasure(measure: Measure | undefined): void;
  /** Offers to measure the text; null for not. */
  offerMeasure(measure: (() => void) | null): void;
  /** Ends the writing of a text, finished or not. */
  end(): void;
}

/** A name as a title. */
export const titleOf = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

function fillSteps(select: HTMLSelectElement, recommended: number): void {
  const choices = [...new Set([...STEPS, recommended])].sort((a, b) => a - b);
  select.replaceChildren(
    ...choices.map((steps) => new Option(String(steps), String(steps), false, steps === recommended)),
  );
}

/** Seconds as people read them. */
const secondsOf = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;

/** What a panel is made for. */
interface PanelOptions {
  /** Whether texts are measured where they are written. */
  readonly isMeasured: boolean;
  /** Is given a finished text that is to be worked on. */
  onReuse(text: string): void;
}

/** A panel for a model. */
export function createPanel(model: WritingModel, { isMeasured, onReuse }: PanelOptions): Panel {
  const copy = document.importNode(find('#panel', HTMLTemplateElement).content, true);
  const element = find('.panel', HTMLElement, copy);
  const part = <Kind extends Element>(selector: string, kind: new () => Kind) => find(selector, kind, element);
  const title = part('h2', HTMLElement);
  title.textContent = titleOf(model.name);
  title.id = `title-${model.name}`;
  element.setAttribute('aria-labelledby', title.id);
  const select = part('select', HTMLSelectElement);
  fillSteps(select, model.steps);
  const stage = stageIn(part('.stage', HTMLElement));
  stage.clear(model.length);
  const [time, calls, surprise] = ['.time', '.calls', '.surprise'].map((name) => part(name, HTMLElement)) as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ];
  surprise.parentElement!.hidden = !isMeasured;
  const finished = part('.finished', HTMLElement);
  const download = part('.download', HTMLProgressElement);
  const [measure, reuse] = [part('.measure', HTMLButtonElement), part('.reuse', HTMLButtonElement)];
  reuse.addEventListener('click', () => onReuse(finished.textContent ?? ''));
  const end = (): void => {
    download.hidden = true;
    element.removeAttribute('aria-busy');
  };
  return {
    element,
    model,
    steps: () => Number(select.value),
    begin() {
      element.setAttribute('aria-busy', 'true');
      stage.clear(model.length);
      for (const number of [time, calls, surprise]) number.textContent = '–';
      finished.textContent = '';
      measure.hidden = reuse.hidden = true;
    },
    bringIntoView: () => bringIntoView(element),
    show(frame) {
      download.hidden = true;
      stage.show(frame);
      time.textContent = secondsOf(frame.milliseconds);
      calls.textContent = String(frame.networkCalls);
      if (frame.text === undefined) return;
      finished.textContent = frame.text;
      reuse.hidden = frame.text === '';
    },
    showProgress({ what, loaded, bytes }) {
      download.hidden = loaded === bytes;
      download.value = loaded / bytes;
      download.setAttribute('aria-label', `Download of the ${what}`);
    },
    showMeasure(found) {
      surprise.textContent = found ? `${found.bitsPerToken.toFixed(2)} bits` : '–';
    },
    offerMeasure(work) {
      measure.hidden = work === null;
      measure.onclick = work;
    },
    end,
  };
}
