import { describe, expect, it } from "vitest";
import * as abi from "../../src/engine/abi.js";
import { Engine } from "../../src/engine/engine.js";

/** An engine that has been laid out with room for next to nothing. */
function tinyEngine(): Engine {
  const engine = new Engine();
  for (let slot = abi.CAP_CLAIMS; slot <= abi.CAP_TENANTS; slot++) engine.setI(slot, 1);
  engine.setI(abi.CAP_BINS, 2);
  engine.setI(abi.CAP_LINE, 16);
  engine.setI(abi.CAP_STATION, 1);
  engine.setI(abi.CAP_SERVERS, 1);
  engine.setI(abi.CAP_FACTS, 2);
  engine.call((e) => e.configure());
  engine.call((e) => e.start());
  return engine;
}

function trapOf(engine: Engine, record: { kind: number; slot: number }): { code: string; message: string } {
  const bytes = engine.bytes(abi.COL_FACTS, 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt32(24, record.kind, true);
  view.setInt32(28, record.slot, true);
  try {
    engine.call((e) => e.observe(0, 1));
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("nothing trapped");
}

describe("a trap of the engine", () => {
  it("names the function, the file and the line", () => {
    const { code, message } = trapOf(tinyEngine(), { kind: abi.FACT_SUBMITTED, slot: 99 });
    expect(code).toBe("ENGINE_TRAP");
    expect(message).toMatch(/code 5, detail 99/);
    expect(message).toMatch(/\(assembly\/world\/facts\.ts:\d+\)/);
  });

  it("refuses a kind of record that has no meaning, by number", () => {
    expect(trapOf(tinyEngine(), { kind: 31, slot: 1 }).message).toMatch(/code 5, detail 31/);
  });

  it("leaves other instances alone", () => {
    const [broken, other] = [tinyEngine(), tinyEngine()];
    trapOf(broken, { kind: 31, slot: 1 });
    expect(other.call((e) => e.advance(1))).toBe(abi.NEED_INPUT);
  });
});
