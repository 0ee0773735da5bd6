/** Colours by class, on light and on dark paper: of the roles those of Okabe and Ito, told apart by colour-blind readers. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  teacher: ['#0072b2', '#56b4e9'],
  student: ['#d55e00', '#f0803c'],
  baseline: ['#009e73', '#2fbf95'],
  fake: ['#009e73', '#2fbf95'],
  map: ['#0072b2', '#56b4e9'],
  arm0: ['#c75300', '#f0803c'],
  arm1: ['#1f6fb2', '#7cc4f0'],
  arm2: ['#00805d', '#35c79b'],
  arm3: ['#a8478a', '#e6a0c8'],
  arm4: ['#8a6d00', '#e6c229'],
  arm5: ['#6a51a3', '#b9a5ea'],
};

const coloured = (shade: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([kind, shades]) => `.plot .${kind} { color: ${shades[shade]}; }`)
    .join(' ');

/** The style of a plot; lines carry their names, or a legend does. */
export const PLOT_STYLE = `
.plot { font: 12px system-ui, sans-serif; width: 100%; height: auto; color: var(--soft, #555); }
.plot text { fill: var(--soft, #555); }
.plot .name, .plot .point { paint-order: stroke; stroke: var(--card, #fff); stroke-width: 3px; stroke-linejoin: round; }
.plot .label { fill: var(--ink, #222); }
.plot .grid { stroke: var(--rule, #ddd); }
.plot .axis, .plot .tick { stroke: var(--soft, #888); }
.plot path { fill: none; stroke-width: 2.2; stroke: currentColor; }
.plot circle { fill: currentColor; stroke: currentColor; stroke-width: 1.4; }
.plot circle.hollow { fill: var(--card, #fff); }
.plot .name { fill: currentColor; }
.plot .point { font-size: 10px; }
.plot .fake path { stroke-dasharray: 5 3; }
.plot .real path { stroke-width: 1.4; stroke-dasharray: 7 4; }
.plot .level path { stroke-dasharray: 3 4; stroke-width: 1.2; }
.plot .dash1 path { stroke-dasharray: 7 4; } .plot .dash2 path { stroke-dasharray: 2 4; }
.plot path.interval { stroke-dasharray: none; stroke-width: 1.2; }
.plot .front path { stroke: var(--rule, #ddd); stroke-width: 6; stroke-linejoin: round; }
.plot .map path { fill: currentColor; stroke: none; shape-rendering: crispEdges; }
${coloured(0)}
`;

/** The report's style: light and dark, and fit to print. */
export const STYLE = `
:root { --ink: #1c1e21; --soft: #5b6168; --paper: #fff; --card: #f6f7f8; --rule: #dfe2e6; --good: #0a7d4f; --bad: #b3261e; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9eaec; --soft: #a2a9b1; --paper: #15171a; --card: #1e2125; --rule: #343a41; --good: #4ecb96; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 32px 24px 64px; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 8px; } h2 { font-size: 19px; margin: 40px 0 12px; }
p { max-width: 75ch; } .soft { color: var(--soft); }
.claim { background: var(--card); border-left: 4px solid var(--good); border-radius: 6px; padding: 16px 20px; margin: 20px 0; } .claim.short { border-color: var(--bad); }
.claim strong { font-size: 19px; display: block; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 24px; }
.pair + .pair { margin-top: 24px; }
.columns { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
h3 { font-size: 16px; margin: 20px 0 4px; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 0; margin: 12px 0; } .legend li { display: flex; align-items: center; gap: 8px; } .legend .swatch { width: 36px; height: 12px; flex: none; }
figure { margin: 0; background: var(--card); border-radius: 8px; padding: 14px; } figcaption { font-weight: 600; margin-bottom: 6px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--rule); white-space: nowrap; } th:first-child, td:first-child { text-align: left; } tr.real td { font-style: italic; border-top: 2px solid var(--rule); } thead th { color: var(--soft); font-weight: 600; }
pre, .text { font: 13px/1.55 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
.text { background: var(--card); border-radius: 6px; padding: 10px 12px; margin-bottom: 8px; }
.frames .mask { color: var(--rule); } .frames .new { color: #d55e00; font-weight: 700; }
.controls { display: flex; gap: 12px; align-items: center; margin: 8px 0 0; } .controls input { flex: 1; accent-color: #d55e00; } button { font: inherit; padding: 4px 14px; border-radius: 6px; border: 1px solid var(--rule); background: var(--paper); color: var(--ink); cursor: pointer; }
.notes { border-left: 4px solid #e69f00; padding-left: 16px; } .notes p { margin: 4px 0; } details pre { background: var(--card); border-radius: 6px; padding: 12px; font-size: 12px; }
@media print { body { max-width: none; } .controls { display: none; } figure { break-inside: avoid; } }
${PLOT_STYLE}
@media (max-width: 560px) { .plot { font-size: 17px; } .plot .point { font-size: 13px; } }
@media (prefers-color-scheme: dark) { ${coloured(1)} }`;
