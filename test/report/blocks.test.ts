import { expect, test } from "vitest";
import { blocksText } from "../../src/cli/blocks-text.js";
import { type Block, blocksHtml } from "../../src/report/blocks.js";

const table = {
  heads: ["arm", "first, s", "second, %", "third"],
  keys: 1,
  rows: [
    ["near <&>", "1.00 ± 0.1", "99.0 ± 0.2", "7"],
    ["far", "2.00 ± 0.1", "98.0 ± 0.2", "8"],
  ],
  best: 1,
};
const BLOCKS: Block[] = [{ heading: "chat" }, { table }, "a line", { answer: "far is cheapest" }];

test("a table that is wider than the terminal becomes several, each with the columns that name its rows", async () => {
  const whole = await blocksText(BLOCKS);
  expect(whole.split("\n").filter((line) => line.startsWith("│ far"))).toEqual([
    "│ far      │ 2.00 ± 0.1 │ 98.0 ± 0.2 │     8 │",
  ]);
  for (const width of [26, 30, 40, 46, 47]) {
    const lines = (await blocksText(BLOCKS, width)).split("\n");
    expect(Math.max(...lines.filter((line) => /^[│┌]/.test(line)).map((line) => line.length))).toBeLessThanOrEqual(
      width,
    );
    const cells = lines.filter((line) => line.startsWith("│ far")).flatMap((line) => line.match(/[^│ ][^│]*[^│ ]|\d/g));
    expect(cells.filter((cell) => cell !== "far")).toEqual(["2.00 ± 0.1", "98.0 ± 0.2", "8"]);
  }
  // nothing is left out where not even one column fits
  expect(await blocksText(BLOCKS, 5)).toContain("98.0 ± 0.2");
});

test("a page says the answers first, marks the row that is one, and takes no text for markup", () => {
  const html = blocksHtml(BLOCKS);
  expect(html.startsWith('<div class="answer"><p>far is cheapest</p></div>\n<h2>chat</h2>')).toBe(true);
  expect(html).toContain('<tr class="best"><th class="left">far</th><td class="right">2.00 ± 0.1</td>');
  expect(html).toContain("near &lt;&amp;&gt;");
  expect(html.match(/far is cheapest/g)).toHaveLength(1);
});
