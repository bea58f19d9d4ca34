// A model as text in the LP format that CPLEX introduced and HiGHS, Gurobi, SCIP and GLPK read.

import type { LinearModel } from "./linear.js";

/** Names as the format allows them: letters, digits and a few signs, not starting like a number. */
function safeNames(names: readonly string[], prefix: string): string[] {
  const seen = new Set<string>();
  return names.map((name, k) => {
    const plain = name.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, 200);
    let safe = /^[A-DF-Za-df-z_]/.test(plain) ? plain : `${prefix}_${plain}`;
    if (seen.has(safe)) safe = `${safe}_${prefix}${k}`;
    seen.add(safe);
    return safe;
  });
}

function sum(terms: readonly (readonly [number, number])[], names: readonly string[]): string {
  const parts = terms.map(([k, c]) => `${c < 0 ? "-" : "+"} ${Math.abs(c)} ${names[k]}`);
  // lines are limited to 560 characters in some readers
  return parts.length === 0 ? `0 ${names[0]}` : parts.join(parts.length > 12 ? "\n   " : " ");
}

/** The text of a model. */
export function linearText(model: LinearModel): string {
  const names = safeNames(
    model.variables.map((v) => v.name),
    "x",
  );
  const rowNames = safeNames(
    model.rows.map((row) => row.name),
    "r",
  );
  const lines = [model.sense === "max" ? "Maximize" : "Minimize"];
  const cost = model.variables.map((v, k) => [k, v.cost] as const).filter(([, c]) => c !== 0);
  lines.push(` obj: ${sum(cost, names)}`, "Subject To");
  model.rows.forEach((row, r) => {
    const left = sum(row.terms, names);
    const { lower, upper } = row;
    if (lower === upper) lines.push(` ${rowNames[r]}: ${left} = ${lower}`);
    else {
      const both = lower > Number.NEGATIVE_INFINITY && upper < Number.POSITIVE_INFINITY;
      if (lower > Number.NEGATIVE_INFINITY) lines.push(` ${rowNames[r]}${both ? "_low" : ""}: ${left} >= ${lower}`);
      if (upper < Number.POSITIVE_INFINITY) lines.push(` ${rowNames[r]}${both ? "_high" : ""}: ${left} <= ${upper}`);
    }
  });
  lines.push("Bounds");
  model.variables.forEach((v, k) => {
    const lower = v.lower === Number.NEGATIVE_INFINITY ? "-inf" : v.lower;
    if (v.upper < Number.POSITIVE_INFINITY) lines.push(` ${lower} <= ${names[k]} <= ${v.upper}`);
    else if (v.lower !== 0) lines.push(` ${names[k]} >= ${lower}`);
  });
  const integers = model.variables.flatMap((v, k) => (v.integer ? [names[k]!] : []));
  if (integers.length > 0) lines.push("General", ...integers.map((name) => ` ${name}`));
  return `${lines.join("\n")}\nEnd\n`;
}
