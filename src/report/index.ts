// What the rest of the product uses of the report.

export { type Block, blocksHtml, type Table } from "./blocks.js";
export { certaintyLines } from "./certainty.js";
export { type AnswerLine, type AnswerPoint, timeChart, tradeChart } from "./charts/answers.js";
export type { ArmCost } from "./charts/arms.js";
export { barsChart, overTimeChart } from "./charts/demand.js";
export { accuracyChart, type EnsemblePoint } from "./charts/ensemble.js";
export { type GrowthPoint, growthChart } from "./charts/growth.js";
export { type InventoryPoint, inventoryChart } from "./charts/inventory.js";
export { fragmentChart, freeChart, tiesChart } from "./charts/sharing.js";
export { COLUMNS_LEGEND, type RankingColumn, rankingColumns } from "./columns.js";
export { renderComparison } from "./comparison.js";
export { renderDemandPage } from "./demand-page.js";
export { picturePng, pictureSvg } from "./picture.js";
export { experimentJson, rankingCsv } from "./plain.js";
export { chartSvg, compileChart } from "./render-chart.js";
export { buildCharts, renderReport } from "./report.js";
export type { MetricText } from "./sections.js";
export { renderServicesPage } from "./services-page.js";
export { renderTable } from "./table.js";
export { renderTimeline } from "./timeline.js";
