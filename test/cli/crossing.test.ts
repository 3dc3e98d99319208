import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlTableRef, findActive, placeFence, setActive } from "../../src/pointer";
import { recordReadyRun, withStream } from "../support/ready-run";
import { CONTROL_TABLE, type Database, startDatabase } from "./database";
import { type FakeEndpoint, startFake } from "./fake-endpoint";
import { live } from "./live";
import { type IamProxy, startProxy } from "./proxy";
import { AWS_ENV, type Ended, ended, jsonOf, start } from "./swap";
import { hasTerminal, startOnTerminal } from "./terminal";

/** What a command that crosses a migration asks DynamoDB for. */
const OPERATIONS = ["GetItem", "Query", "DescribeTable", "UpdateItem", "BatchGetItem"];
const TO_V2 = "export default ({ n, ...item }) => ({ ...item, count: n });\n";
const TO_V1 = "export default ({ count, ...item }) => ({ ...item, n: count });\n";

let db: Database;
let ref: ControlTableRef;
let streams: FakeEndpoint;
const proxies: IamProxy[] = [];
const folder = mkdtempSync(join(tmpdir(), "swap-crossing-"));
const [transform, inverse] = [join(folder, "to-v2.mjs"), join(folder, "to-v1.mjs")];

beforeAll(async () => {
  writeFileSync(transform, TO_V2);
  writeFileSync(inverse, TO_V1);
  db = await startDatabase();
  ref = { client: db.client, controlTable: CONTROL_TABLE };
  // One shard without changes.
  const answers: Record<string, object> = {
    DescribeStream: { StreamDescription: { Shards: [{ ShardId: "s1", SequenceNumberRange: {} }] } },
    GetShardIterator: { ShardIterator: "s1/0" },
    GetRecords: { Records: [], NextShardIterator: "s1/0" },
  };
  streams = await startFake((_request, response, operation) => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(answers[operation]));
  });
});
afterAll(async () => {
  for (const each of [streams, ...proxies]) await each.stop();
  await db.stop();
  rmSync(folder, { recursive: true });
});

let aliases = 0;
/** A migration from version 1, the active one, to 2, which is ready; with a way back, version 2 is active. */
async function ready({ back = false } = {}): Promise<string> {
  const alias = `crossed${++aliases}`;
  for (const version of [1, 2]) await db.createTable(`${alias}_v${version}`);
  await setActive(ref, alias, 1);
  const { store, started } = await recordReadyRun(db.client, alias, 1, 2, hashOf(TO_V2));
  if (!back) return alias;
  const hash = hashOf(TO_V1);
  await store.declareInverse(started.run, hash);
  const proof = { at: Date.now(), sampled: 1, changed: 0, failed: 0, lossy: false };
  await store.recordProof(started.run, hash, proof, true);
  await setActive(ref, alias, 2);
  return alias;
}

/** What identifies a file in the record of a copy. */
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

const row = (alias: string) => findActive(ref, alias);

interface Crossing extends Ended {
  /** The fence on the row when the command was interrupted. */
  fence?: unknown;
}

/** SIGKILL ends the terminal that the command has, and not the command. */
type Signal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL";

/** The operation of another move. */
const OTHER = "other";

/** Runs a command; with a signal, sends that once its fence stands, or once it waits for another one. */
async function cross(
  [command, alias, ...args]: [string, string, ...string[]],
  {
    signal,
    refused,
    writers = "fenced",
    also,
    hangs = false,
    loses = false,
  }: {
    signal?: Signal;
    refused?: string;
    writers?: string;
    /** Sent together with the signal. */
    also?: Signal;
    /** Whether the removal of the fence hangs. */
    hangs?: boolean;
    /** Whether the answer of the flip is lost, and everything after it. */
    loses?: boolean;
  } = {},
): Promise<Crossing> {
  const allowed = new Set(OPERATIONS.filter((each) => each !== refused));
  let updates = 0;
  const proxy = await startProxy(db.endpoint, allowed, (operation, body) => {
    if (loses && operation === "UpdateItem" && ++updates === 2) {
      proxy.broken = true;
      proxy.hanging = "UpdateItem";
      return "lost";
    }
    if (operation !== "DescribeTable") return body;
    const answer = JSON.parse(body);
    if (answer.Table) withStream(answer.Table);
    return JSON.stringify(answer);
  });
  proxies.push(proxy);
  const env = {
    ...AWS_ENV,
    SWAP_CONTROL_TABLE: CONTROL_TABLE,
    AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: streams.url,
  };
  const said = writers === "" ? [] : ["--writers", writers];
  const asked = [command, alias, ...args, ...said, "--reason", "test", "--yes"];
  const child = signal === "SIGKILL" ? startOnTerminal(asked, env) : start(asked, env);
  const end = ended(child);
  if (signal === undefined) return end;
  const untilUpdates = async (count: number) => {
    while (proxy.asked.filter((each) => each === "UpdateItem").length < count)
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  /** Again and again: a second signal counts only a while after the first. */
  const insist = async () => {
    while (child.exitCode === null) {
      child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return end;
  };
  if (loses) {
    await untilUpdates(3);
    return insist();
  }
  let waits = false;
  child.stderr.on("data", (text: string) => {
    waits ||= text.includes("another move");
  });
  for (;;) {
    const fence = (await row(alias))?.fence;
    if ((fence && fence.operation !== OTHER) || child.exitCode !== null || waits) {
      if (hangs) proxy.hanging = "UpdateItem";
      child.kill(signal);
      if (also) child.kill(also);
      // The removal of the fence is on its way.
      if (hangs) await untilUpdates(2);
      return { ...(await (hangs ? insist() : end)), fence };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a cut-over moves behind its fence, and an interrupt before that moves nothing", async () => {
  const args = ["2", "--transform", transform];
  const moved = async () => {
    const alias = await ready();
    const ran = await cross(["cutover", alias, ...args, "--json"]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(jsonOf(ran)).toMatchObject({ event: "cut-over", alias, from: 1, to: 2, loss: null });
    expect(await row(alias)).toMatchObject({ version: 2, history: [{}, { why: "test" }] });
    expect(await row(alias)).not.toHaveProperty("fence");
  };
  const interrupted = async (signal: Signal, json: boolean, also?: Signal) => {
    const alias = await ready();
    const more = json ? ["--json"] : [];
    const { fence, ...ran } = await cross(["cutover", alias, ...args, ...more], {
      signal,
      ...(also && { also }),
    });
    expect([fence, ran.code]).toEqual([expect.objectContaining({ from: 1, to: 2 }), 130]);
    expect(await row(alias)).toMatchObject({ version: 1 });
    expect(await row(alias)).not.toHaveProperty("fence");
    if (json) {
      expect(jsonOf(ran)).toEqual({ event: "interrupted", alias, active: 1 });
      return;
    }
    expect(ran.stderr).toMatch(/fence removed: writes go on\n.*interrupted: .*version 1 is still/);
    expect(ran.stdout).toBe("");
  };
  await Promise.all([
    moved(),
    interrupted("SIGINT", false),
    interrupted("SIGTERM", true),
    interrupted("SIGHUP", false),
    // systemd ends a session by both.
    interrupted("SIGTERM", false, "SIGHUP"),
  ]);
});

test("a second interrupt ends a command whose request hangs, and says what is left", async () => {
  const fenced = async () => {
    const alias = await ready();
    const args = ["2", "--transform", transform];
    const ran = await cross(["cutover", alias, ...args], { signal: "SIGINT", hangs: true });
    expect(ran).toMatchObject({ code: 130, stdout: "" });
    expect(ran.stderr).toMatch(/ended: .*version 1 is still active; a fence .* 30 s/);
    expect(await row(alias)).toMatchObject({ version: 1, fence: { to: 2 } });
  };
  const lost = async () => {
    const alias = await ready();
    const args = ["2", "--transform", transform, "--json"];
    const ran = await cross(["cutover", alias, ...args], { signal: "SIGINT", loses: true });
    expect(ran.code).toBe(12);
    expect(jsonOf(ran)).toEqual({ event: "interrupted", alias, active: null });
    expect(await row(alias)).toMatchObject({ version: 2 });
  };
  const written = async () => {
    const alias = await ready({ back: true });
    const proxy = await startProxy(db.endpoint, new Set(OPERATIONS));
    proxy.hanging = "UpdateItem";
    proxies.push(proxy);
    const env = {
      ...AWS_ENV,
      SWAP_CONTROL_TABLE: CONTROL_TABLE,
      AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
    };
    const args = ["rollback", alias, "--from", "2", "--abandon", "--reason", "test", "--yes"];
    const running = live(args, env);
    while (!proxy.asked.includes("UpdateItem"))
      await new Promise((resolve) => setTimeout(resolve, 50));
    running.interrupt();
    await running.remark((line) => line.includes("being written"));
    const again = setInterval(() => running.interrupt(), 50);
    const end = await running.end;
    clearInterval(again);
    expect(end).toMatchObject({
      code: 12,
      stderr: expect.stringMatching(/ended: the pointer may have moved.* swap get/),
    });
  };
  await Promise.all([fenced(), lost(), written()]);
});

test("a rollback brings back what was written, and an interrupt moves nothing", async () => {
  const files = ["--transform", transform, "--inverse", inverse];
  const moved = async () => {
    const alias = await ready({ back: true });
    const ran = await cross(["rollback", alias, "--from", "2", ...files]);
    expect(ran).toMatchObject({ code: 0, stdout: `${alias}: 2 -> 1\n` });
    expect(ran.stderr).toContain("fence set");
    expect(ran.stderr).not.toContain("stays in that table");
    expect(await row(alias)).toMatchObject({ version: 1, barred: [2] });
  };
  const interrupted = async () => {
    const alias = await ready({ back: true });
    const ran = await cross(["rollback", alias, "--from", "2", ...files], { signal: "SIGINT" });
    expect(ran).toMatchObject({ code: 130, fence: { from: 2, to: 1 } });
    expect(await row(alias)).toMatchObject({ version: 2, barred: [] });
    expect(await row(alias)).not.toHaveProperty("fence");
  };
  await Promise.all([moved(), interrupted()]);
});

test("a move without the files of the migration, or with others, is refused before any write", async () => {
  const [there, back] = [await ready(), await ready({ back: true })];
  const rollback = ["rollback", back, "--from", "2"] as [string, string, ...string[]];
  for (const [args, flag] of [
    [["cutover", there, "2"], "--transform"],
    [["cutover", there, "2", "--transform", inverse], "transform"],
    [[...rollback, "--transform", transform], "--inverse"],
    [[...rollback, "--inverse", inverse], "--transform"],
    [[...rollback, "--transform", transform, "--inverse", transform], "inverse"],
    [[...rollback, "--transform", inverse, "--inverse", inverse], "--transform"],
    [[...rollback, "--transform", transform, "--inverse", join(folder, "none.mjs")], "--inverse"],
  ] as [[string, string, ...string[]], string][]) {
    const ran = await cross(args, { refused: "UpdateItem" });
    expect([args, ran.code, ran.stdout]).toEqual([args, 2, ""]);
    expect(ran.stderr).toContain(flag);
  }
  expect([await row(there), await row(back)]).toMatchObject([{ version: 1 }, { version: 2 }]);
});

test("a move across a migration wants to know what the writers do, and waits for no stopped one", async () => {
  const [there, back] = [await ready(), await ready({ back: true })];
  const cutover = ["cutover", there, "2", "--transform", transform] as [
    string,
    string,
    ...string[],
  ];
  const rollback = ["rollback", back, "--from", "2"] as [string, string, ...string[]];
  for (const [args, writers, or] of [
    [cutover, "", ""],
    [cutover, "paused", ""],
    [[...rollback, "--transform", transform, "--inverse", inverse], "", ", or --abandon"],
  ] as const) {
    const ran = await cross([...args] as typeof rollback, { writers, refused: "UpdateItem" });
    expect([args, ran.code, ran.stdout]).toEqual([args, 2, ""]);
    expect(ran.stderr).toContain(writers ? `--writers "${writers}"` : "no flag --writers");
    expect(ran.stderr).toMatch(new RegExp(`--writers fenced if .* --writers stopped if .*${or}\n`));
  }
  const ran = await cross(cutover, { writers: "stopped" });
  expect(ran).toMatchObject({ code: 0, stdout: `${there}: 1 -> 2\n` });
  expect(ran.stderr).toContain("fence set");
  expect(ran.stderr).not.toContain("under way");
});

test("a rollback that abandons moves at once, and says what stays", async () => {
  const alias = await ready({ back: true });
  const ran = await cross(["rollback", alias, "--from", "2", "--abandon"], { writers: "" });
  expect(ran).toMatchObject({ code: 0, stdout: `${alias}: 2 -> 1\n` });
  expect(ran.stderr).toContain(`${alias}_v2`);
  expect(ran.stderr).not.toContain("fence set");
});

(hasTerminal ? test : test.skip)("a terminal that goes away leaves no fence", async () => {
  const alias = await ready();
  const args = ["2", "--transform", transform];
  const { fence } = await cross(["cutover", alias, ...args], { signal: "SIGKILL" });
  expect(fence).toMatchObject({ from: 1, to: 2 });
  while ((await row(alias))?.fence) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await row(alias)).toMatchObject({ version: 1 });
});

test("a fence that may not be set is a refusal of access", async () => {
  const alias = await ready();
  const args = ["2", "--transform", transform];
  const ran = await cross(["cutover", alias, ...args], { refused: "UpdateItem" });
  expect(ran).toMatchObject({ code: 6, stdout: "" });
  expect(ran.stderr).toContain("UpdateItem");
  expect(await row(alias)).toMatchObject({ version: 1 });
});

test("an interrupt while the fence of another move stands ends the wait", async () => {
  const alias = await ready();
  await placeFence(ref, alias, { from: 1, to: 2, operation: OTHER, budgetMs: 60_000 });
  const args = ["2", "--transform", transform];
  const ran = await cross(["cutover", alias, ...args], { signal: "SIGTERM" });
  expect(ran.code).toBe(130);
  expect(await row(alias)).toMatchObject({ version: 1, fence: { operation: OTHER } });
});
