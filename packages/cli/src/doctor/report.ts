import type { Terminal } from '../terminal';
import type { Finding } from './finding';

/** A finding, and the rank that has it; 0 where a process is alone. */
export type FindingOfRank = Finding & { readonly rank: number };

/** What rank 0 found, and what is otherwise and not right elsewhere. @param all findings of each rank */
export function told([first = [], ...others]: readonly (readonly Finding[])[]): readonly FindingOfRank[] {
  const stateOf = new Map(first.map(({ what, state }) => [what, state]));
  const elsewhere = others.flatMap((findings, i) =>
    findings
      .filter(({ what, state }) => state !== 'ok' && state !== stateOf.get(what))
      .map((one) => ({ ...one, rank: i + 1 })),
  );
  return [...first.map((one) => ({ ...one, rank: 0 })), ...elsewhere];
}

/** Findings as lines: how it is, what, what was found, what to do. */
export function linesOf(
  findings: readonly FindingOfRank[],
  { bold, green, yellow, red, dim }: Terminal['colours'],
): string {
  const colour = { ok: green, absent: dim, warning: yellow, error: red };
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ what, state, found, advice, rank }) => {
      const said = `${rank > 0 ? `rank ${rank}: ` : ''}${found}${advice ? `; ${advice}` : ''}`;
      return `${colour[state](state.padEnd(7))}  ${bold(what.padEnd(width))}  ${said}`;
    })
    .join('\n');
}
