import { runInNewContext } from 'node:vm';
import type { ReportData } from './data';
import { films } from './film';

type Listener = () => void;

/** As much of an element as the script of a film touches. */
class Element {
  textContent = '';
  className = '';
  value = '';
  children: Element[] = [];
  readonly listeners = new Map<string, Listener>();
  addEventListener(name: string, listener: Listener) {
    this.listeners.set(name, listener);
  }
  replaceChildren(...children: Element[]) {
    this.children = children;
  }
  /** What a user does. */
  do(name: string) {
    this.listeners.get(name)!();
  }
}

/** The page of one film: its elements, and a clock that goes on by hand. */
function page(frames: ReportData['films'][number]['frames']) {
  const html = films({ films: [{ title: 'A <film>', frames }] } as unknown as ReportData);
  const [, json] = /<script type="application\/json">(.*?)<\/script>/s.exec(html)!;
  const [, script] = /<script>(.*)<\/script>$/s.exec(html)!;
  const parts = Object.fromEntries(
    ['.text', 'input', 'button', '.caption', 'script'].map((name) => [name, new Element()]),
  ) as Record<string, Element>;
  parts['script']!.textContent = json!;
  const timers = new Map<number, Listener>();
  const globals = {
    document: {
      querySelectorAll: () => [{ querySelector: (name: string) => parts[name] }],
      createElement: () => new Element(),
    },
    setInterval: (tick: Listener) => (timers.set(timers.size + 1, tick), timers.size),
    clearInterval: (timer: number) => timers.delete(timer),
  };
  runInNewContext(script!, globals);
  const { '.text': text, input, button, '.caption': caption } = parts as Record<string, Element>;
  const moveTo = (frame: number) => {
    input!.value = String(frame);
    input!.do('input');
  };
  return {
    html,
    slider: () => Number(input!.value),
    moveTo,
    button: button!,
    timers,
    tick: () => timers.forEach((one) => one()),
    shown: () => text!.children.map(({ textContent }) => textContent).join(''),
    marks: () => text!.children.map(({ className }) => className),
    caption: () => caption!.textContent,
  };
}

const frames = ['▁▁▁', 'w▁▁', 'wh▁', 'who'].map((text, i) => ({ t: 1 - i / 3, text, networkCalls: i }));

describe('a film', () => {
  it('begins with its last frame, and says where it stands', () => {
    const { shown, caption, slider, html } = page(frames);
    expect([shown(), caption(), slider()]).toEqual(['who', 'frame 3 of 3, t = 0.000, 3 calls', 3]);
    expect(html).toContain('min="0" max="3" value="3" aria-label="step of A &lt;film&gt;"');
  });

  it('shows the frame of its slider, with what is masked and what is new', () => {
    const { moveTo, shown, marks, caption } = page(frames);
    moveTo(2);
    expect([shown(), marks(), caption()]).toEqual(['wh▁', ['', 'new', 'mask'], 'frame 2 of 3, t = 0.333, 2 calls']);
    moveTo(1);
    expect(caption()).toBe('frame 1 of 3, t = 0.667, 1 call');
    moveTo(0);
    expect(marks()).toEqual(['mask', 'mask', 'mask']);
  });

  it('marks what changes though it was written before, and nothing of the first frame', () => {
    const { moveTo, marks } = page([
      { t: 1, text: 'cat', networkCalls: 0 },
      { t: 0, text: 'cot', networkCalls: 1 },
    ]);
    expect(marks()).toEqual(['', 'new', '']);
    moveTo(0);
    expect(marks()).toEqual(['', '', '']);
  });

  it('takes a character beyond the basic plane for one', () => {
    const { shown, marks } = page([
      { t: 1, text: '▁▁', networkCalls: 0 },
      { t: 0, text: '😀b', networkCalls: 1 },
    ]);
    expect([shown(), marks()]).toEqual(['😀b', ['new', 'new']]);
  });

  it('marks tokens of several characters by their place', () => {
    const { moveTo, shown, marks } = page([
      { t: 1, text: '▁▁▁', pieces: ['▁', '▁', '▁'], networkCalls: 0 },
      { t: 0.5, text: 'the▁!', pieces: ['the', '▁', '!'], networkCalls: 1 },
      { t: 0, text: 'the sea!', pieces: ['the', ' sea', '!'], networkCalls: 2 },
    ]);
    expect([shown(), marks()]).toEqual(['the sea!', ['', 'new', '']]);
    moveTo(1);
    expect([shown(), marks()]).toEqual(['the▁!', ['new', 'mask', 'new']]);
  });

  it('plays from the first frame to the last, and stops there', () => {
    const { button, tick, shown, timers } = page(frames);
    button.do('click');
    expect(button.textContent).toBe('Pause');
    const seen = Array.from({ length: 4 }, () => (tick(), shown()));
    expect(seen).toEqual(['▁▁▁', 'w▁▁', 'wh▁', 'who']);
    expect([button.textContent, timers.size]).toEqual(['Play', 0]);
  });

  it('pauses at a click and goes on from there; the slider stops it', () => {
    const { button, moveTo, tick, shown, timers } = page(frames);
    button.do('click');
    tick();
    tick();
    button.do('click');
    expect([shown(), button.textContent, timers.size]).toEqual(['w▁▁', 'Play', 0]);
    button.do('click');
    tick();
    expect(shown()).toBe('w▁▁');
    tick();
    expect(shown()).toBe('wh▁');
    moveTo(0);
    expect([shown(), button.textContent, timers.size]).toEqual(['▁▁▁', 'Play', 0]);
  });

  it('holds texts that would end its script', () => {
    const { shown } = page([{ t: 0, text: '</script><b>', networkCalls: 1 }]);
    expect(shown()).toBe('</script><b>');
  });
});

it('a report without films has no section of them', () =>
  expect(films({ films: [] } as unknown as ReportData)).toBe(''));
