import type { ReportData } from './data';
import { escapeHtml, scriptJson } from './html';

/** Plays frames: marks what is new since the one before; play button, slider, arrow keys by the slider itself. */
const SCRIPT = `
for (const box of document.querySelectorAll('.frames')) {
  const frames = JSON.parse(box.querySelector('script').textContent);
  const [text, slider, button, caption] = ['.text', 'input', 'button', '.caption'].map((q) => box.querySelector(q));
  const piecesOf = ({ text: whole, pieces }) => pieces ?? [...whole];
  const show = (i) => {
    const before = piecesOf(frames[Math.max(0, i - 1)]);
    text.replaceChildren(...piecesOf(frames[i]).map((piece, k) => {
      const span = document.createElement('span');
      span.textContent = piece;
      span.className = piece === '▁' ? 'mask' : piece !== before[k] ? 'new' : '';
      return span;
    }));
    caption.textContent = 'frame ' + i + ' of ' + (frames.length - 1) + ', t = ' + frames[i].t.toFixed(3) + ', ' + frames[i].networkCalls + (frames[i].networkCalls === 1 ? ' call' : ' calls');
    slider.value = i;
  };
  let timer;
  const stop = () => { clearInterval(timer); timer = undefined; button.textContent = 'Play'; };
  slider.addEventListener('input', () => { stop(); show(Number(slider.value)); });
  button.addEventListener('click', () => {
    if (timer) return stop();
    let i = Number(slider.value) >= frames.length - 1 ? 0 : Number(slider.value);
    button.textContent = 'Pause';
    timer = setInterval(() => { show(i); if (++i >= frames.length) stop(); }, Math.max(60, 4000 / frames.length));
  });
  show(frames.length - 1);
}`;

/** Samples denoising frame by frame, with the script that plays them. */
export function films({ films: all }: ReportData): string {
  if (!all.length) return '';
  const boxes = all.map(
    ({
      title,
      frames,
    }) => `<figure class="frames"><figcaption>${escapeHtml(title)}</figcaption><div class="text" aria-live="off"></div>
<div class="controls"><button type="button">Play</button><input type="range" min="0" max="${frames.length - 1}" value="${frames.length - 1}" aria-label="step of ${escapeHtml(title)}"></div>
<p class="soft caption"></p><script type="application/json">${scriptJson(frames)}</script></figure>`,
  );
  return `<section><h2>Denoising, step by step</h2><div class="pair">${boxes.join('')}</div></section><script>${SCRIPT}</script>`;
}
