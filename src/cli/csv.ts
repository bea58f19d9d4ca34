// A small table as CSV: texts in quotes, numbers as they are.

export function csvText(head: string, rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => (typeof value === "number" ? value : `"${value.replaceAll('"', '""')}"`);
  return `${[head, ...rows.map((row) => row.map(cell).join(","))].join("\n")}\n`;
}
