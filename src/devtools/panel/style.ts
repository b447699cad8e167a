const dark = `--bg: #10181f; --fg: #e6edf3; --soft: #9fb0c0; --line: #2d3b47; --tint: #18232d; --accent: #7db7f5; --bad: #ff8a80;
  --open: #4cc38a; --retrying: #f0b429; --closed: #9aa7b2; --offline: #d18fd1; --hidden: #8fb1e3; color-scheme: dark;`;

/** The style of the panel, in its shadow root. */
export const style = `
.panel, .panel * { box-sizing: border-box; }
.panel {
  --bg: #fff; --fg: #1b2733; --soft: #586574; --line: #d5dce3; --tint: #f2f5f8; --accent: #14508c; --bad: #b3261e;
  --open: #1a7f4b; --retrying: #8f5500; --closed: #5d6872; --offline: #8e3b8e; --hidden: #4a6fa5;
  color-scheme: light; position: fixed; z-index: 2147483000; display: flex; flex-direction: column; overflow: hidden;
  font: 13px/1.45 system-ui, sans-serif; color: var(--fg); background: var(--bg); border: 1px solid var(--line); box-shadow: 0 0 24px #0003;
}
@media (prefers-color-scheme: dark) { :host(:not([data-theme=light])) .panel { ${dark} } }
:host([data-theme=dark]) .panel { ${dark} }
.panel[data-edge=bottom] { inset: auto 0 0; height: min(46vh, 520px); }
.panel[data-edge=top] { inset: 0 0 auto; height: min(46vh, 520px); }
.panel[data-edge=left] { inset: 0 auto 0 0; width: min(100vw, 480px); }
.panel[data-edge=right] { inset: 0 0 0 auto; width: min(100vw, 480px); }
:host([data-inline]) .panel { position: static; height: 100%; min-height: 320px; width: auto; box-shadow: none; }
:host([data-inline]) { display: block; height: 100%; }
:host([data-inline]) header select[aria-label^=Edge] { display: none; }
h2, h3, h4, p, dl, dd, ol, ul, pre { margin: 0; }
h2 { font-size: 14px; } h3 { font-size: 14px; overflow-wrap: anywhere; } h4 { margin: 8px 0 2px; font-size: 12px; color: var(--soft); }
ol, ul { padding-left: 18px; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; padding: 6px 10px; background: var(--tint); border-bottom: 1px solid var(--line); touch-action: none; }
:host(:not([data-inline])) header { cursor: grab; }
.space { flex: 1; }
.status { color: var(--retrying); } .status[data-status=open] { color: var(--open); } .status[data-status=closed] { color: var(--closed); }
.body { flex: 1; min-height: 0; display: flex; overflow: hidden auto; flex-wrap: wrap; align-content: flex-start; }
.main { flex: 3 1 380px; min-width: 0; display: flex; flex-direction: column; gap: 6px; padding: 8px 10px; min-height: 260px; }
.side { flex: 1 1 260px; min-width: 0; padding: 8px 10px; border-left: 1px solid var(--line); }
[data-edge=bottom] .side, [data-edge=top] .side { max-height: 100%; overflow: auto; }
[data-edge=bottom] .main, [data-edge=top] .main { max-height: 100%; }
@media (max-width: 720px) {
  .panel[data-edge] { width: 100%; height: min(70vh, 640px); }
  .panel[data-edge=left], .panel[data-edge=right] { inset: auto 0 0; }
  header select[aria-label^=Edge] { display: none; }
  .panel .side, .panel .main { max-height: none; overflow: visible; flex-basis: 100%; border-left: 0; }
  .list .scroll { max-height: 45vh; }
}
.panel[data-edge=left] .scroll, .panel[data-edge=right] .scroll { max-height: 50vh; }
.line { overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: 12px; }
.actions, .recorder, .filter { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; }
.hint, .empty, .legend { color: var(--soft); } .hint { font-size: 12px; }
button, select, input, textarea { font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--soft); border-radius: 5px; padding: 3px 8px; max-width: 100%; min-height: 28px; }
button { cursor: pointer; } button[aria-disabled=true] { color: var(--soft); border-style: dashed; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
[hidden] { display: none !important; }
.filter input { flex: 2 1 120px; min-width: 0; } .filter select { flex: 1 1 100px; min-width: 0; }
.timeline svg { display: block; width: 100%; height: 34px; background: var(--tint); border-radius: 4px; }
rect.open { fill: var(--open); } rect.retrying { fill: var(--retrying); } rect.closed { fill: var(--closed); } rect.offline { fill: var(--offline); } rect.hidden { fill: var(--hidden); }
path { stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; } path.out { stroke: var(--fg); }
.legend { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 10px; font-size: 12px; }
.key::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 4px; border-radius: 2px; background: var(--key); }
.key.open { --key: var(--open); } .key.retrying { --key: var(--retrying); } .key.closed { --key: var(--closed); } .key.offline { --key: var(--offline); } .key.hidden { --key: var(--hidden); }
.list { flex: 1; min-height: 120px; display: flex; flex-direction: column; gap: 6px; }
.scroll { flex: 1; min-height: 100px; overflow: auto; border: 1px solid var(--line); border-radius: 4px; }
table { border-collapse: collapse; width: 100%; font-size: 12px; }
th { position: sticky; top: 0; text-align: left; background: var(--tint); color: var(--soft); font-weight: 600; }
th, td { padding: 2px 6px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:nth-child(3), td:nth-child(6) { white-space: normal; overflow-wrap: anywhere; }
td button { border: 0; padding: 0 2px; min-height: 24px; text-align: left; color: var(--accent); background: none; overflow-wrap: anywhere; }
td button[aria-pressed=true] { font-weight: 700; text-decoration: underline; }
tr.bad td { color: var(--bad); } tr.bad td button { color: var(--bad); }
@media (max-width: 480px) { th:nth-child(1), td:nth-child(1), th:nth-child(4), td:nth-child(4), th:nth-child(5), td:nth-child(5) { display: none; } }
.detail { border: 1px solid var(--line); border-radius: 4px; padding: 8px; margin-bottom: 8px; }
.title { display: flex; justify-content: space-between; align-items: start; gap: 8px; }
.title button { flex: none; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 10px; } dt { color: var(--soft); } dd { overflow-wrap: anywhere; }
pre { padding: 6px; background: var(--tint); border-radius: 4px; overflow: auto; max-height: 240px; font: 12px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--line); padding: 4px 0; } summary { cursor: pointer; font-weight: 600; padding: 2px 0; min-height: 24px; }
.sender label, .recorder label { display: grid; min-width: 0; gap: 2px; margin: 4px 0; color: var(--soft); } .sender label > * { color: var(--fg); width: 100%; } .recorder input { width: 100%; }
.sender input[type=checkbox] { width: 20px; }
`;
