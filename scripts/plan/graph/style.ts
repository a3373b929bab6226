// How the page of a plan looks, by day and by night. Colours of kinds keep their distance for colour-blind readers.
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --line: #c9ced6; --text: #1d2430; --dim: #5d6878;
  --edge: #97a1b0; --hot: #c2410c; --lane: #eceff3; --network: #2f6fdf; --data: #c77700; --compute: #0f8a6d;
  --access: #8a4fd0; --watch: #c0397b; --reference: #7b8794; }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --card: #1e232b; --line: #3b4350; --text: #e6e9ee;
  --dim: #9aa5b4; --edge: #5f6b7b; --hot: #fb923c; --lane: #1a1e25; --network: #6ea2ff; --data: #f0ab3c;
  --compute: #3fc79f; --access: #bf97f5; --watch: #f27cb1; --reference: #93a0b0; } }
body { margin: 0; background: var(--page); color: var(--text); font: 14px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; }
header { position: sticky; top: 0; z-index: 1; background: var(--page); border-bottom: 1px solid var(--line);
  padding: 10px 20px; display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; }
h1 { font-size: 17px; margin: 0; } h2 { font-size: 15px; margin: 0; }
main { padding: 14px 20px; } section { margin: 0 0 22px; scroll-margin-top: 96px; }
.heading { display: flex; gap: 14px; align-items: baseline; flex-wrap: wrap; }
.dim, .legend { color: var(--dim); font-size: 12.5px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; } .legend i { display: inline-block; width: 10px; height: 10px;
  border-radius: 3px; margin-right: 5px; }
input, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 3px 10px; }
button { cursor: pointer; } a { color: var(--network); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--page); margin-top: 6px; }
svg { display: block; font-size: 11.5px; } svg text { fill: var(--text); }
svg .type { fill: var(--dim); } svg .name { font-weight: 600; } svg .marks { text-anchor: end; fill: var(--dim); }
.frame { fill: var(--card); stroke: var(--line); } .reference .frame { stroke-dasharray: 4 3; fill: none; }
.hit { fill: transparent; } .head { cursor: pointer; } .head:hover .hit, .row:hover .hit { fill: color-mix(in srgb, var(--edge) 22%, transparent); }
.fold { fill: var(--dim); } .open .fold { transform: rotate(90deg); transform-origin: 13px 14px; }
.closed .rows { display: none; }
.edge { fill: none; stroke: var(--edge); stroke-width: 1.2; opacity: .75; } .edge[hidden] { display: none; }
.edge.inner { opacity: 0; } .edge.hot { stroke: var(--hot); stroke-width: 2; opacity: 1; }
.focus .edge:not(.hot) { opacity: .12; } .focus .edge.inner:not(.hot) { opacity: 0; }
.row.hot .hit { fill: color-mix(in srgb, var(--hot) 25%, transparent); }
body.filtered .row:not(.found) { opacity: .25; }
.overview .lane { fill: var(--lane); } .lane-name, .layer-name { font-weight: 600; fill: var(--dim) !important; font-size: 13px; }
.overview .box .name { font-size: 14px; } .overview a:hover .frame { stroke: var(--network); } marker path { fill: var(--edge); }
${["network", "data", "compute", "access", "watch", "reference"]
  .map(
    (kind) =>
      `.bar.${kind}, .${kind} > .bar { fill: var(--${kind}); } i.${kind} { background: var(--${kind}); }`,
  )
  .join("\n")}
@media print { header { position: static; } input, button { display: none; } .scroll { overflow: visible; } }
`;
