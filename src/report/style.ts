// The page's style sheet: readable on a phone, on a desk and on paper; system fonts, since nothing may be fetched.

import { BLUE, FONT, GREY, INK } from "./theme.js";

export const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 66rem; font: 16px/1.5 ${FONT}; color: ${INK}; background: #fff; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 0.25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; border-top: 1px solid #ddd; padding-top: 1rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0.5rem 0; }
p, li { overflow-wrap: anywhere; }
.answer { border-left: 4px solid ${BLUE}; padding: 0.25rem 0 0.25rem 1rem; margin: 1.25rem 0; }
.headline { font-size: 1.15rem; font-weight: 600; }
.note, figcaption { color: #555; font-size: 0.875rem; }
ul.note { padding-left: 1.25rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.4rem; border-bottom: 1px solid #e6e6e6; white-space: nowrap; vertical-align: top; }
thead th { border-bottom: 2px solid ${GREY}; font-weight: 600; white-space: normal; vertical-align: bottom; }
tbody th { font-weight: normal; text-align: left; position: sticky; left: 0; background: #fff; }
details { margin: 0.5rem 0; }
summary { cursor: pointer; color: #555; }
.right { text-align: right; }
.left, .words th, .words td { text-align: left; }
.words td { white-space: normal; min-width: 9rem; }
tr.best th, tr.best td { font-weight: 700; background: #eef6fb; }
tr.oracle th, tr.oracle td { font-style: italic; color: #555; }
figure { margin: 1rem 0 2rem; }
figure h3 { margin-bottom: 0.25rem; }
.chart { width: 100%; min-height: 3rem; display: flex; flex-direction: column; }
.chart svg { max-width: 100%; height: auto; display: block; }
.chart .vega-bindings { order: -1; font-size: 0.875rem; padding: 0.25rem 0; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.25rem 1rem; font-size: 0.925rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 0.75rem; background: #f5f5f5; font-size: 0.8125rem; }
.failed { color: #a00; }
@media (max-width: 36rem) { body { padding: 0.75rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; } }
@media print {
  body { max-width: none; font-size: 11pt; }
  figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  th, td { white-space: normal; padding: 0.15rem 0.3rem; font-size: 8pt; }
  pre { white-space: pre-wrap; }
}
`;
