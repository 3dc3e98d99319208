import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type Database, goRow, startDatabase } from "./database";
import { AWS_ENV, BASE_ENV, BIN, type Ended, ended, jsonOf } from "./swap";

let db: Database;
beforeAll(async () => {
  db = await startDatabase();
  await db.putAll([
    goRow("orders", 4),
    ...Array.from({ length: 2_000 }, (_, i) => goRow(`alias-${i}`, 1)),
  ]);
});
afterAll(() => db.stop());

/** Runs a line of bash in which `$swap` is the command. */
function bash(line: string, env: Record<string, string | undefined> = {}): Promise<Ended> {
  const child = spawn("bash", ["--norc", "-c", line], {
    env: { ...BASE_ENV, ...AWS_ENV, ...db.env, swap: `${process.execPath} ${BIN}`, ...env },
  });
  return ended(child);
}

const linux = process.platform === "linux" ? describe : describe.skip;
if (process.platform !== "linux")
  process.stderr.write("SKIPPED: tests of /dev/full and /proc run on Linux only\n");

linux("output that can't be written", () => {
  test.each([
    "get orders",
    "get orders --json",
    "resolve orders",
    "list",
    "versions orders",
    "history orders",
    "env orders",
    "wait orders --version 1",
    "watch orders",
    "watch orders --json",
    "--help",
    "--version",
  ])("swap %s > /dev/full exits with 1 and one line", async (args) => {
    const ran = await bash(`$swap ${args} > /dev/full`);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(failures(ran.stderr)).toEqual([expect.stringContaining("ENOSPC")]);
  });

  test("a command that fails keeps its exit code", async () => {
    expect(await bash("$swap get nowhere --json > /dev/full")).toMatchObject({ code: 3 });
    const doctor = await bash("$swap doctor orders > /dev/full");
    expect(doctor).toMatchObject({ code: 8 });
  });

  test("a full stderr changes no failure to a success, and the result is still printed", async () => {
    expect(await bash("$swap get nowhere 2> /dev/full")).toMatchObject({ code: 3 });
    expect(await bash("$swap get orders > /dev/full 2>&1")).toMatchObject({ code: 1 });
    expect(await bash("$swap get orders 2> /dev/full")).toMatchObject({ code: 0, stdout: "4\n" });
  });

  test("closed streams end no command early", async () => {
    expect(await bash("$swap get nowhere >&- 2>&- <&-")).toMatchObject({ code: 3 });
    expect(await bash("$swap get orders 2>&- <&-")).toMatchObject({ code: 0, stdout: "4\n" });
  });
});

describe("a reader that leaves", () => {
  const codes = "; echo $PIPESTATUS";

  test.each(["list", "list --json"])("swap %s | head -1 is no failure", async (args) => {
    const ran = await bash(`$swap ${args} | head -1${codes}`);
    expect(ran.stdout.split("\n").slice(1)).toEqual(["0", ""]);
    expect(ran.stderr).toBe("");
  });

  test("a command keeps its exit code", async () => {
    const doctor = await bash(`$swap doctor orders --json | true${codes}`);
    expect(doctor).toMatchObject({ stdout: "8\n", stderr: "" });
    const wait = await bash(`$swap wait orders --version 9 --timeout 200ms --json | true${codes}`);
    expect(wait).toMatchObject({ stdout: "9\n", stderr: "" });
  });

  test("a closed stderr does not lose the result", async () => {
    const ran = await bash("$swap doctor orders 2> >(true) | tail -1; echo $PIPESTATUS");
    expect(ran.stdout).toMatch(/\n8\n$/);
  });
});

linux("swap watch", () => {
  // The pointer never moves meanwhile, so nothing is ever written into the broken pipe.
  test.each([
    ["a pipe", "$swap watch orders | head -1; echo $PIPESTATUS"],
    ["a pipe, in JSON", "$swap watch orders --json | head -1; echo $PIPESTATUS"],
    ["a pipe handed on", "$swap watch orders | (head -1; exec sleep 1); echo $PIPESTATUS"],
    [
      "a named pipe",
      'f=$(mktemp -u); mkfifo "$f"; (head -1 "$f" &); $swap watch orders > "$f"; echo $?; rm "$f"',
    ],
  ])("ends with 0 when the reader of %s has left", async (_name, line) => {
    const ran = await bash(line);
    expect(ran.stderr).toBe("");
    expect(ran.stdout.trimEnd().split("\n")).toEqual([expect.stringContaining("orders"), "0"]);
  });
});

describe("no home folder", () => {
  test("no HOME is no failure", async () => {
    const ran = await bash("$swap get orders", { HOME: undefined });
    expect(ran).toMatchObject({ code: 0, stdout: "4\n", stderr: "" });
  });

  const asNobody =
    process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/setpriv")
      ? describe
      : describe.skip;
  if (asNobody === describe.skip)
    process.stderr.write("SKIPPED: a user id without an entry needs root and setpriv\n");

  asNobody("and a user id that the system does not know", () => {
    const unknown = "setpriv --reuid 54321 --regid 54321 --clear-groups env -u HOME -u SHELL";

    test("a command answers", async () => {
      const ran = await bash(`${unknown} $swap get orders`);
      expect(ran).toMatchObject({ code: 0, stdout: "4\n", stderr: "" });
    });

    test("failures are one line, with their own exit codes", async () => {
      const absent = await bash(`${unknown} $swap get nowhere`);
      expect(absent).toMatchObject({ code: 3, stdout: "" });
      expect(failures(absent.stderr)).toHaveLength(1);
      const json = await bash(`${unknown} $swap get nowhere --json`);
      expect(jsonOf(json)).toMatchObject({ error: { code: "swap.no-active-version" } });
      const profile = await bash(`${unknown} env -u AWS_ACCESS_KEY_ID $swap get orders`);
      expect(profile).toMatchObject({ code: 6 });
    });

    test("help and completion end without a stack trace", async () => {
      expect(await bash(`${unknown} $swap --help`)).toMatchObject({ code: 0, stderr: "" });
      expect(await bash(`${unknown} $swap completion bash`)).toMatchObject({ code: 0, stderr: "" });
    });
  });
});

/** The lines of stderr that tell a failure, without their fixes and remarks. */
function failures(stderr: string): string[] {
  const lines = stderr.trimEnd().split("\n");
  return lines.filter((_line, i) => lines[i + 1]?.startsWith("  fix: "));
}
