import type { MeasuredText, TextFrame } from '../worker/messages';
import type { Composer, FormRequest } from './view/composer';
import type { Notices } from './view/notices';
import { paced } from './view/pace';
import { type Panel, createPanel, titleOf } from './view/panel';
import type { Writer } from './writing/writer';

/** What a session of writing works with. */
export interface SessionParts {
  readonly writer: Writer;
  readonly composer: Composer;
  readonly notices: Notices;
  /** Where the panels of models stand. */
  readonly place: HTMLElement;
}

/** A model that writes, or does not: as the reader asks. */
export interface Session {
  /** Shows the chosen models. */
  choose(): void;
  /** Writes a text with each chosen model, one after the other, so that their times can be compared. */
  write(): Promise<void>;
  stop(): void;
}

/** A seed that nobody has chosen. */
const freshSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!;

/** What all texts of one writing have in common. */
interface Writing {
  readonly form: FormRequest;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Whether the model that measures is loaded, or will be. */
  readonly isJudged: boolean;
}

/** Measures a text. @throws Fault where the judge cannot be loaded */
async function measure({ writer }: SessionParts, panel: Panel, text: MeasuredText, signal: AbortSignal): Promise<void> {
  panel.offerMeasure(null);
  panel.showMeasure(await writer.measure?.(text, { signal, onProgress: panel.showProgress }));
}

/** Measures it, or offers to where that would cost a download. */
async function judge(parts: SessionParts, panel: Panel, text: TextFrame, { isJudged, signal }: Writing): Promise<void> {
  const { writer, notices } = parts;
  if (!writer.measure) return;
  if (isJudged) return measure(parts, panel, text, signal);
  panel.offerMeasure(() => {
    measure(parts, panel, text, new AbortController().signal)
      .finally(() => panel.end())
      .catch((error: unknown) => notices.showFault(error, () => notices.hideFault()));
  });
}

/** Writes one text. @returns the finished one; undefined when it was stopped */
async function writeOne(parts: SessionParts, panel: Panel, writing: Writing): Promise<TextFrame | undefined> {
  const { form, seed, signal } = writing;
  const { name, temperature } = panel.model;
  const request = {
    model: name,
    text: form.text,
    steps: panel.steps(),
    temperature: form.temperature ?? temperature,
    seed,
  };
  const frames = parts.writer.write(request, { signal, onProgress: panel.showProgress });
  let last: TextFrame | undefined;
  for await (const frame of paced(frames, form.pace, signal)) {
    panel.show(frame);
    last = frame;
  }
  return last?.text === undefined ? undefined : last;
}

async function writeAll(parts: SessionParts, panels: readonly Panel[], writing: Writing): Promise<void> {
  const { notices } = parts;
  for (const panel of panels) panel.begin();
  panels[0]?.bringIntoView();
  notices.say(`Writing.`);
  for (const panel of panels) {
    const text = await writeOne(parts, panel, writing);
    if (!text) return notices.say('Stopped.');
    await judge(parts, panel, text, writing);
    panel.end();
    notices.say(`${titleOf(panel.model.name)} has finished: ${text.text}`);
  }
}

/** What happens between a request and its texts. */
export function openSession(parts: SessionParts): Session {
  const { writer, composer, notices, place } = parts;
  const panels = writer.models.map((model) =>
    createPanel(model, { isMeasured: writer.measure !== undefined, onReuse: composer.setText }),
  );
  let running: AbortController | undefined;
  let isJudgeLoaded = false;
  const chosen = (): Panel[] => panels.filter(({ model }) => composer.request().models.includes(model.name));
  async function write(): Promise<void> {
    const controller = (running = new AbortController());
    const [form, active] = [composer.request(), chosen()];
    isJudgeLoaded ||= form.models.includes(writer.judge ?? '');
    notices.hideFault();
    composer.setRunning(true);
    try {
      const [seed, isJudged] = [form.seed ?? freshSeed(), isJudgeLoaded];
      await writeAll(parts, active, { form, seed, signal: controller.signal, isJudged });
    } catch (error) {
      if (controller.signal.aborted) notices.say('Stopped.');
      else notices.showFault(error, () => void write());
    } finally {
      for (const panel of active) panel.end();
      composer.setRunning(false);
    }
  }
  return {
    choose: () => place.replaceChildren(...chosen().map(({ element }) => element)),
    write,
    stop: () => running?.abort(),
  };
}
