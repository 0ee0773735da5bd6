import { faultOf } from '../../worker/fault';
import { bringIntoView, find } from '../elements';

/** Tells readers of the page, screen readers included, what has happened. */
export interface Notices {
  /** Says something in passing. */
  say(sentence: string): void;
  /** Shows what kept the page from doing something, with a way to try it again. */
  showFault(error: unknown, again: () => void): void;
  hideFault(): void;
}

/** The notices of the page. */
export function openNotices(): Notices {
  const [status, fault] = [find('#status', HTMLElement), find('#fault', HTMLElement)];
  const [sentence, button] = [find('p', HTMLElement, fault), find('button', HTMLButtonElement, fault)];
  return {
    say: (text) => void (status.textContent = text),
    showFault(error, again) {
      const { kind, message } = faultOf(error);
      sentence.textContent = message;
      // What was asked for has to be changed first.
      button.hidden = kind === 'input' || kind === 'wasm';
      button.onclick = again;
      fault.hidden = false;
      bringIntoView(fault);
    },
    hideFault: () => void (fault.hidden = true),
  };
}
