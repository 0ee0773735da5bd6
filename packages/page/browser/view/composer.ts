import { find } from '../elements';
import type { WritingModel } from '../writing/writer';
import { titleOf } from './panel';

/** What is asked for in the form. */
export interface FormRequest {
  readonly text: string;
  /** The chosen models, in their order. */
  readonly models: readonly string[];
  /** Undefined where nobody has set it. */
  readonly temperature?: number;
  readonly seed?: number;
  /** Least milliseconds from one frame to the next. */
  readonly pace: number;
}

/** The form at the top of the page. */
export interface Composer {
  request(): FormRequest;
  /** Offers these models; `onChoice` is told of the chosen ones, now and whenever others are chosen. */
  offer(models: readonly WritingModel[], onChoice: () => void): void;
  setText(text: string): void;
  setRunning(isRunning: boolean): void;
}

/** What the form asks of the page. */
export interface ComposerEvents {
  onWrite(): void;
  onStop(): void;
  /** Tokens that a text takes. */
  count(text: string): Promise<number>;
}

/** A choice among others of a fieldset. */
function choice(group: string, value: string, label: string, isChosen: boolean): HTMLLabelElement {
  const [element, input] = [document.createElement('label'), document.createElement('input')];
  Object.assign(input, { type: 'radio', name: group, value, checked: isChosen });
  element.append(input, label);
  return element;
}

/** Fills a fieldset with choices, the first of them chosen. */
export function fillChoices(
  fieldset: HTMLFieldSetElement,
  group: string,
  choices: Readonly<Record<string, string>>,
): void {
  const legend = find('legend', HTMLElement, fieldset);
  fieldset.replaceChildren(
    legend,
    ...Object.entries(choices).map(([value, label], i) => choice(group, value, label, i === 0)),
  );
}

/** Both models at once. */
const BOTH = '';

/** A number that was typed; undefined for none, and for what is none. */
const numberIn = ({ value, valueAsNumber }: HTMLInputElement): number | undefined =>
  value === '' || Number.isNaN(valueAsNumber) ? undefined : valueAsNumber;

/** Puts a gap of as many tokens as the selected words have into their place; undoing brings them back. */
async function makeGap(text: HTMLTextAreaElement, count: ComposerEvents['count']): Promise<void> {
  const [start, end] = [text.selectionStart, text.selectionEnd];
  // A space before a word belongs to its first token.
  const from = text.value[start - 1] === ' ' && start < end ? start - 1 : start;
  const selected = text.value.slice(from, end);
  const tokens = selected.trim() ? await count(selected) : 1;
  text.focus();
  text.setSelectionRange(from, end);
  // Deprecated, and the only way that keeps what can be undone.
  if (!document.execCommand('insertText', false, '_'.repeat(tokens)))
    text.setRangeText('_'.repeat(tokens), from, end, 'end');
}

/** The form, ready to be used. */
export function openComposer({ onWrite, onStop, count }: ComposerEvents): Composer {
  const form = find('#composer', HTMLFormElement);
  const text = find('#text', HTMLTextAreaElement);
  const write = find('#write', HTMLButtonElement);
  const writers = find('#writers', HTMLFieldSetElement);
  const [temperature, seed] = [find('#temperature', HTMLInputElement), find('#seed', HTMLInputElement)];
  const pace = find('#pace', HTMLSelectElement);
  let isRunning = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isRunning) onStop();
    else onWrite();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isRunning) onStop();
  });
  find('#gap', HTMLButtonElement).addEventListener('click', () => void makeGap(text, count));
  let names: readonly string[] = [];
  return {
    request() {
      const chosen = writers.querySelector<HTMLInputElement>(':checked')?.value ?? BOTH;
      return {
        text: text.value.replaceAll(/\s+/g, ' ').trimEnd(),
        models: chosen === BOTH ? names : [chosen],
        temperature: numberIn(temperature),
        seed: numberIn(seed),
        pace: Number(pace.value),
      };
    },
    offer(models, onChoice) {
      names = models.map(({ name }) => name);
      const single = Object.fromEntries(models.map(({ name }) => [name, titleOf(name)]));
      fillChoices(writers, 'writer', models.length > 1 ? { ...single, [BOTH]: 'Side by side' } : single);
      temperature.placeholder = String(models[0]?.temperature ?? 1);
      writers.onchange = onChoice;
      write.disabled = false;
      onChoice();
    },
    setText(value) {
      text.value = value;
      text.focus();
      text.setSelectionRange(value.length, value.length);
    },
    setRunning(value) {
      isRunning = value;
      write.textContent = value ? 'Stop' : 'Write';
      write.toggleAttribute('data-running', value);
    },
  };
}
