import type { TextFrame } from '../../worker/messages';

/** What a token looks like. */
function classOf(piece: string | null, isGiven: boolean): string {
  if (piece === null) return 'mask';
  if (isGiven) return 'given';
  return piece === '' || piece.trim() ? '' : 'blank';
}

/** A token as an element. */
function tokenElement(piece: string | null, name: string, isFresh: boolean): HTMLSpanElement {
  const token = document.createElement('span');
  token.className = isFresh && name !== 'mask' ? `${name} fresh`.trim() : name;
  token.textContent = piece ?? '';
  return token;
}

/** Where tokens appear in their places. */
export interface Stage {
  /** Shows a text; tokens that it has changed are marked. */
  show(frame: Pick<TextFrame, 'pieces' | 'given' | 'text'>): void;
  /** Shows a text of so many masks. */
  clear(length: number): void;
}

/** A stage in an element. Tokens that change become new elements, so that their marks begin anew. */
export function stageIn(element: HTMLElement): Stage {
  let shown: readonly (string | null)[] = [];
  const clear = (length: number): void => {
    shown = Array.from({ length }, () => null);
    element.replaceChildren(...shown.map((piece) => tokenElement(piece, 'mask', false)));
  };
  return {
    show({ pieces, given, text }) {
      const held = new Set(given);
      if (shown.length !== pieces.length) clear(pieces.length);
      for (const [i, piece] of pieces.entries()) {
        if (shown[i] === piece) continue;
        const token = tokenElement(piece, classOf(piece, held.has(i)), !held.has(i));
        element.children[i]!.replaceWith(token);
      }
      shown = pieces;
      if (text !== undefined) trimEnd(element);
    },
    clear,
  };
}

/** What fills the row up behind a finished text is no part of it. */
function trimEnd(element: HTMLElement): void {
  for (const token of [...element.children].reverse()) {
    if (token.textContent?.trim()) return;
    token.classList.remove('blank');
  }
}
