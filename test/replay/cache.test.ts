import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultCacheFolder, unpackedFolder } from "../../src/replay/cache.js";
import { digestOfFile } from "../../src/replay/digest.js";
import { packTarGz, temporaryFolder, writeTemporary } from "./fixtures.js";

async function archiveOf(...entries: Parameters<typeof packTarGz>[0]): Promise<string> {
  return writeTemporary("raw.tar.gz", await packTarGz(entries));
}

describe("an archive", () => {
  test("is unpacked into a folder named after its digest", async () => {
    const archive = await archiveOf({ name: "a.csv", text: "1" }, { name: "./deep/er/b.csv", text: "2" });
    const cache = join(temporaryFolder(), "not", "there", "yet");
    const folder = await unpackedFolder(archive, cache);
    expect(folder).toBe(join(cache, await digestOfFile(archive)));
    expect(readFileSync(join(folder, "deep/er/b.csv"), "utf8")).toBe("2");
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test("is unpacked once: what is in the cache is taken as it is", async () => {
    const archive = await archiveOf({ name: "a.csv", text: "1" });
    const cache = temporaryFolder();
    const folder = await unpackedFolder(archive, cache);
    writeFileSync(join(folder, "a.csv"), "changed");
    await unpackedFolder(archive, cache);
    expect(readFileSync(join(folder, "a.csv"), "utf8")).toBe("changed");
  });

  test("may be asked for many times at once", async () => {
    const archive = await archiveOf({ name: "a.csv", text: "1" });
    const cache = temporaryFolder();
    const folders = await Promise.all(Array.from({ length: 8 }, () => unpackedFolder(archive, cache)));
    expect(new Set(folders).size).toBe(1);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test("left half-unpacked by a killed process does not count as unpacked", async () => {
    const archive = await archiveOf({ name: "a.csv", text: "1" });
    const cache = temporaryFolder();
    mkdirSync(join(cache, `${await digestOfFile(archive)}.unfinished-killed`));
    expect(readFileSync(join(await unpackedFolder(archive, cache), "a.csv"), "utf8")).toBe("1");
  });
});

describe("an archive that cannot be unpacked leaves nothing behind and names itself", () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `${i * 7919}`).join("\n");
  test.each([
    ["cut in the middle", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1), "unexpected end of file"],
    ["cut by one byte", (bytes: Buffer) => bytes.subarray(0, -1), "unexpected end of file"],
    [
      "with a flipped byte",
      (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 2_000 ? byte ^ 0xff : byte))),
      "",
    ],
    ["that is not gzip", () => Buffer.from("job_id,submission_time\n"), "incorrect header check"],
    ["that is empty", () => Buffer.alloc(0), ""],
  ])("%s", async (_, damage, reason) => {
    const archive = writeTemporary("raw.tar.gz", damage(await packTarGz([{ name: "a.csv", text }])));
    const cache = temporaryFolder();
    await expect(unpackedFolder(archive, cache)).rejects.toMatchObject({
      code: "TRACE_UNREADABLE",
      message: expect.stringMatching(new RegExp(`^${archive}: the archive cannot be unpacked: .*${reason}`)),
    });
    expect(readdirSync(cache)).toEqual([]);
  });

  test.each([["../escaped.csv"], ["a/../../escaped.csv"], ["/escaped.csv"], ["..\\escaped.csv"]])(
    "holding %s",
    async (name) => {
      const archive = await archiveOf({ name: "a.csv", text: "1" }, { name, text: "2" });
      const cache = join(temporaryFolder(), "cache");
      await expect(unpackedFolder(archive, cache)).rejects.toThrow(/points outside of the archive/);
      expect(readdirSync(cache)).toEqual([]);
      expect(existsSync(join(cache, "..", "escaped.csv"))).toBe(false);
    },
  );

  test("holding a link", async () => {
    const archive = await archiveOf({ name: "out", text: "/etc", type: "symlink" });
    await expect(unpackedFolder(archive, temporaryFolder())).rejects.toThrow(/"out" is a symlink/);
  });

  test("larger than the limit", async () => {
    const archive = await archiveOf({ name: "a.csv", text });
    await expect(unpackedFolder(archive, temporaryFolder(), 10_000)).rejects.toThrow(/more than 10000 bytes/);
  });
});

test("the default cache folder follows each system's habit", () => {
  expect(defaultCacheFolder({ XDG_CACHE_HOME: "/var/x" }, "linux")).toBe("/var/x/windtunnel");
  expect(defaultCacheFolder({}, "linux")).toMatch(/\.cache.windtunnel$/);
  expect(defaultCacheFolder({}, "darwin")).toMatch(/Library.Caches.windtunnel$/);
  expect(defaultCacheFolder({ LOCALAPPDATA: "/local" }, "win32")).toBe("/local/windtunnel");
});
