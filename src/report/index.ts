export { renderReport } from "./report.js";
export { renderTable } from "./table.js";
