import { find } from './elements';
import type { Notices } from './view/notices';
import type { Writer } from './writing/writer';

/** Bytes as people read them. */
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Says what the page keeps in this browser, and deletes it when asked to. */
export function openStorage({ forget }: Writer, notices: Notices): void {
  const details = find('#storage', HTMLDetailsElement);
  const kept = find('#kept', HTMLElement);
  details.hidden = !forget;
  const show = async (): Promise<void> => {
    const { usage } = (await navigator.storage?.estimate()) ?? {};
    const size = usage === undefined ? '' : `: ${megabytes(usage)}`;
    kept.textContent = `The page, the runtime and the models that were used${size}, so that it opens without a network. What you type is not kept.`;
  };
  details.addEventListener('toggle', () => void show());
  find('#forget', HTMLButtonElement).onclick = async () => {
    await forget?.();
    await show();
    notices.say('The models were removed from this browser.');
  };
}
