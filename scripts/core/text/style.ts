// The style sheet of report pages: one quiet document, light or dark, on a screen of any width and on paper. Holds no data.

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --ink: #1f2023; --quiet: #676b70; --rule: #e4e0d8; --wash: #f4f1ea; --bar: #3d5a73; --proof: #a9bac8;
  --pass: #23684a; --fail: #a8201f; --inconclusive: #8a5800; --fail-wash: #fbeceb; --inconclusive-wash: #fbf3e2; --pass-wash: #edf4ef;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Microsoft YaHei", "Noto Sans", "Noto Sans CJK SC", sans-serif;
  --serif: "Iowan Old Style", Charter, "Source Serif 4", Georgia, "Liberation Serif", "Songti SC", "Noto Serif CJK SC", serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17181b; --ink: #e7e4dd; --quiet: #9b9da1; --rule: #33353a; --wash: #1f2125; --bar: #8fb0cc; --proof: #465a6b;
    --pass: #7cc49d; --fail: #ff8f87; --inconclusive: #e5b455; --fail-wash: #331c1c; --inconclusive-wash: #2e2614; --pass-wash: #1a2820;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 var(--sans); font-variant-numeric: tabular-nums; }
main { max-width: 860px; margin: 0 auto; padding: 56px 28px 72px; overflow-wrap: anywhere; }
h1 { font: 500 34px/1.2 var(--serif); margin: 0; letter-spacing: -0.005em; }
h2 { font: 500 21px/1.3 var(--serif); margin: 52px 0 14px; padding-top: 18px; border-top: 1px solid var(--rule); }
h3 { font: 600 13px/1.4 var(--sans); margin: 26px 0 6px; }
p { margin: 0 0 10px; }
code { font: 0.9em/1.5 var(--mono); }
.utc { white-space: nowrap; }
.sandbox { margin: 0 0 26px; padding: 8px 14px; border: 1px solid var(--inconclusive); color: var(--inconclusive); font-weight: 600; }
pre { font: 12.5px/1.5 var(--mono); white-space: pre-wrap; background: var(--wash); padding: 14px 16px; margin: 0; }
.quiet, .subtitle { color: var(--quiet); }
.subtitle { margin: 8px 0 0; font-size: 16px; }
.pass { --tone: var(--pass); --tone-wash: var(--pass-wash); }
.fail { --tone: var(--fail); --tone-wash: var(--fail-wash); }
.inconclusive { --tone: var(--inconclusive); --tone-wash: var(--inconclusive-wash); }
.not-applicable { --tone: var(--quiet); --tone-wash: transparent; }

.verdict { margin: 30px 0 0; padding: 18px 22px 18px 20px; border-left: 6px solid var(--tone); background: var(--tone-wash); }
.verdict .badge { font: 600 26px/1.2 var(--serif); color: var(--tone); margin: 0 0 4px; }
.verdict p:last-child { margin-bottom: 0; }
.verdict ul { margin: 12px 0 0; padding: 0; list-style: none; border-top: 1px solid var(--tone); }
.verdict li { padding: 8px 0 0 22px; text-indent: -22px; }
.verdict li .sign { display: inline-block; width: 22px; text-indent: 0; }
.sign { font-family: var(--sans); color: var(--tone); font-weight: 600; }
.chip { float: right; font: 600 13px/28px var(--sans); color: var(--tone); }

.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0 24px; margin: 30px 0 0; }
.figures div { border-top: 1px solid var(--rule); padding-top: 10px; }
.figures dt { color: var(--quiet); font-size: 12.5px; }
.figures dd { margin: 0; }
.figures .value { font: 500 27px/1.25 var(--serif); color: var(--ink); }
.figures .fail.value, .figures .inconclusive.value { color: var(--tone); }
.figures .note { font-size: 12.5px; color: var(--quiet); line-height: 1.45; }

.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
section > .facts { margin: 26px 0 0; }

table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.45; }
table.phases, table.comparison { width: auto; min-width: 60%; }
th { font-weight: 400; font-size: 12.5px; color: var(--quiet); text-align: left; border-bottom: 1px solid var(--rule); padding: 4px 14px 4px 0; }
td { vertical-align: top; border-bottom: 1px solid var(--rule); padding: 6px 14px 6px 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
td.name { white-space: nowrap; }
td.mark { width: 26px; padding-right: 0; }
td .id { display: block; color: var(--quiet); font: 11.5px/1.4 var(--mono); }
tr.fail td, tr.inconclusive td { background: var(--tone-wash); }
tr.not-applicable td { color: var(--quiet); }
td.slower { color: var(--fail); } td.faster { color: var(--pass); }

figure { margin: 0; }
figcaption { color: var(--quiet); font-size: 13px; margin-top: 10px; }
svg.timeline { display: block; overflow: visible; font: 12.5px var(--sans); }
svg .panel { font-weight: 600; font-size: 13px; fill: var(--tone); }
svg .clock, svg .tick { fill: var(--quiet); font-size: 12px; }
svg .head { stroke: var(--rule); } svg .grid { stroke: var(--rule); stroke-dasharray: 1 3; }
svg .bar { fill: var(--bar); } svg .proof { fill: var(--proof); }
svg .label { fill: var(--ink); } svg .took { fill: var(--quiet); }
svg .label, svg .rto-label, svg .target-label { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .rto { stroke: var(--ink); stroke-width: 1; } svg .rto-label { fill: var(--ink); font-size: 12px; font-weight: 600; }
svg .target { stroke: var(--fail); stroke-width: 1.5; stroke-dasharray: 5 4; } svg .target-label { fill: var(--fail); font-size: 12px; }
svg .beyond { fill: var(--quiet); }
svg .none { fill: var(--inconclusive); }
footer { margin-top: 56px; padding-top: 14px; border-top: 1px solid var(--rule); color: var(--quiet); font-size: 12.5px; }

@media (max-width: 640px) {
  main { padding: 28px 18px 48px; }
  h1 { font-size: 27px; } h2 { font-size: 19px; margin-top: 40px; }
  .figures { grid-template-columns: 1fr 1fr; gap: 18px 20px; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 8px; }
  .facts dt { font-size: 12.5px; }
  .checks thead { display: none; }
  .checks tr { display: grid; grid-template-columns: 24px 1fr max-content; border-bottom: 1px solid var(--rule); padding: 7px 6px 7px 0; }
  .checks td { border: 0; padding: 0; } .checks td.detail { grid-column: 2 / -1; grid-row: 2; }
  .checks tr.fail, .checks tr.inconclusive { background: var(--tone-wash); }
  td.name { white-space: normal; }
  td, th { padding-right: 8px; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --ink: #000; --quiet: #555; --rule: #ccc; --bar: #3d5a73; --proof: #a9bac8;
    --pass: #23684a; --fail: #a8201f; --inconclusive: #8a5800; --fail-wash: #fbeceb; --inconclusive-wash: #fbf3e2; --pass-wash: #edf4ef;
  }
  @page { size: A4; margin: 18mm 16mm; }
  body { font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; } tr, figure g, .verdict, .figures, .facts div { break-inside: avoid; }
  thead { display: table-header-group; }
  svg.timeline { zoom: 0.82; } /* three scenarios and their heading on one page */
}
`;
