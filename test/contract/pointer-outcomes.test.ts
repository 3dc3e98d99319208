import "../support/one-realm";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  getActive,
  type Moved,
  rollback,
  seedActive,
  setActive,
  type WritableControlTableRef,
} from "../../src/pointer";
import { onEveryBackend } from "../support/backends";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { goSet } from "../support/go-writer";
import { freePort } from "../support/ports";
import { refused } from "../support/refused";
import { clientAt, getRaw, makeBench } from "./pointer/bench";

onEveryBackend((backend, endpoint) => {
  const { ref: direct, alias } = makeBench(backend, endpoint);
  const clients: DynamoDBClient[] = [];
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startFaultProxy(endpoint());
  });
  afterEach(() => {
    proxy.reset();
    for (const client of clients.splice(0)) client.destroy();
  });
  afterAll(() => proxy.stop());

  /** The same table through the proxy; every write carries the operation id `op`. */
  function through(maxAttempts: number, at = proxy.endpoint): WritableControlTableRef {
    const client = clientAt(at, maxAttempts);
    clients.push(client);
    return { ...direct(), client, newOperation: () => "op" };
  }

  /** An alias at version 4. */
  async function prepared(): Promise<string> {
    const name = alias();
    await setActive(direct(), name, 4);
    return name;
  }

  /** What the table holds: the live version and the versions of the entries by `op`. */
  async function truth(name: string) {
    const row = await getActive(direct(), name);
    const ours = row.history.filter((entry) => entry.operation === "op");
    return { version: row.version, byOp: ours.map((entry) => entry.version) };
  }

  const applied = { version: 5, byOp: [5] };
  const untouched = { version: 4, byOp: [] };
  /** Where the failed condition does not come with the item, one read settles. */
  const settlingRead = backend.returnsOldItem ? [] : ["GetItem"];

  test.each(["lose response", "fail after"] as const)(
    "%s, and the SDK tries again: our own row tells that it was applied, once",
    async (fault) => {
      const name = await prepared();
      proxy.plan("UpdateItem", [fault]);
      const moved = await setActive(through(3), name, 5);
      expect(moved).toMatchObject({ version: 5, previous: 4, operation: "op" });
      expect(proxy.seen).toEqual(["UpdateItem", "UpdateItem", ...settlingRead]);
      expect(moved.requests).toBe(proxy.seen.length);
      expect(await truth(name)).toEqual(applied);
    },
  );

  test.each(["lose response", "fail after"] as const)(
    "%s without a second try: one read settles it",
    async (fault) => {
      const name = await prepared();
      proxy.plan("UpdateItem", [fault]);
      expect(await setActive(through(1), name, 5)).toMatchObject({ previous: 4, requests: 2 });
      expect(proxy.seen).toEqual(["UpdateItem", "GetItem"]);
      expect(await truth(name)).toEqual(applied);
    },
  );

  test("a first version whose response was lost has no previous one", async () => {
    const name = alias();
    proxy.plan("UpdateItem", ["lose response"]);
    expect(await setActive(through(1), name, 5)).not.toHaveProperty("previous");
    expect(await truth(name)).toEqual(applied);
  });

  const movers: [string, (name: string) => Promise<unknown>, Partial<Moved>, number][] = [
    ["a writer of ours", (name) => setActive(direct(), name, 6), {}, 6],
    ["a Go writer", (name) => goSet(direct(), name, 6, 42), { previous: 4 }, 6],
    ["a rollback", (name) => rollback(direct(), name, { from: 5, to: 4 }), {}, 4],
  ];
  test.each(movers)(
    "the response is lost and %s moves on: still told as applied",
    async (_who, moveOn, known, version) => {
      for (const maxAttempts of [1, 3]) {
        const name = await prepared();
        proxy.plan("UpdateItem", [{ loseResponseAfter: () => moveOn(name) }]);
        const moved = await setActive(through(maxAttempts), name, 5);
        expect(moved).toMatchObject({ version: 5, operation: "op", ...known });
        expect(moved.previous).toBe(known.previous);
        expect(await truth(name)).toEqual({ version, byOp: [5] });
      }
    },
  );

  test.each(["lose request", "fail"] as const)(
    "%s without a second try: written again with the same operation, applied once",
    async (fault) => {
      const name = await prepared();
      proxy.plan("UpdateItem", [fault]);
      expect(await setActive(through(1), name, 5)).toMatchObject({ previous: 4, requests: 3 });
      expect(proxy.seen).toEqual(["UpdateItem", "GetItem", "UpdateItem"]);
      expect(await truth(name)).toEqual(applied);
    },
  );

  test("lost before it arrives while another takes the version: refused, not applied", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", [
      { loseRequestAfter: () => setActive(direct(), name, 5, { actor: "winner" }) },
    ]);
    const refusal = await refused(setActive(through(1), name, 5), "swap.version-regressed");
    expect(refusal.payload).toMatchObject({ active: 5, by: "winner" });
    expect(await truth(name)).toEqual({ version: 5, byOp: [] });
  });

  test("a write that lands late, after it was made again, is applied once", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", ["late"]);
    const moved = await setActive(through(1), name, 5);
    expect(moved).toMatchObject({ previous: 4, requests: 3 });
    expect(await proxy.deliver()).toEqual([400]);
    expect(await truth(name)).toEqual(applied);
  });

  test.each([1, 3])(
    "writes and reads all without an answer, %d tries each: unknown, and the row tells afterwards",
    async (maxAttempts) => {
      for (const [fault, after] of [
        ["lose response", applied],
        ["lose request", untouched],
      ] as const) {
        const name = await prepared();
        proxy.plan("UpdateItem", [], fault);
        proxy.plan("GetItem", [], "lose request");
        const error = await refused(
          setActive(through(maxAttempts), name, 5),
          "swap.outcome-unknown",
        );
        expect(error.payload).toEqual({ alias: name, requested: 5, operation: "op" });
        expect(error.line).toBe(
          `the outcome of setting alias "${name}" to version 5 is unknown: ` +
            "a write got no answer, and no read could settle it (operation op); " +
            "read the alias once the endpoint answers; the row's op or hist holds op if the write was applied",
        );
        expect(error.cause).toMatchObject({ code: "swap.unreachable" });
        expect(await truth(name)).toEqual(after);
      }
    },
  );

  test("each write lost while reads answer: three rounds, then unknown", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", [], "lose request");
    await refused(setActive(through(1), name, 5), "swap.outcome-unknown");
    expect(proxy.seen).toEqual(Array(3).fill(["UpdateItem", "GetItem"]).flat());
    expect(await truth(name)).toEqual(untouched);
  });

  test("lost, then denied: unknown, since the lost one may still be on its way", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", ["late", "deny"]);
    await refused(setActive(through(1), name, 5), "swap.outcome-unknown");
    expect(proxy.seen).toEqual(["UpdateItem", "GetItem", "UpdateItem", "GetItem"]);
    expect(await truth(name)).toEqual(untouched);
    expect(await proxy.deliver()).toEqual([200]);
    expect(await truth(name)).toEqual(applied);
  });

  test("lost and applied, and the read is denied: unknown, never denied", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", ["lose response"]);
    proxy.plan("GetItem", [], "deny");
    const error = await refused(setActive(through(1), name, 5), "swap.outcome-unknown");
    expect(error.cause).toMatchObject({ code: "swap.access-denied" });
    expect(await truth(name)).toEqual(applied);
  });

  test.each([1, 3])("a refused connection was never sent: unreachable, %d tries", async (tries) => {
    const at = `http://127.0.0.1:${await freePort()}`;
    const error = await refused(setActive(through(tries, at), alias(), 5), "swap.unreachable");
    expect(error.payload).toMatchObject({ endpoint: at, action: "UpdateItem" });
    expect(error.payload.reason).toContain("ECONNREFUSED");
  });

  test("denied: sent once, told as such, nothing written", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", ["deny"]);
    const error = await refused(setActive(through(3), name, 5), "swap.access-denied");
    expect(error.payload).toEqual({
      action: "UpdateItem",
      resource: "bench",
      reason: "User: test is not authorized to do this",
      fix: "allow dynamodb:UpdateItem on the table's ARN for this caller",
    });
    expect(proxy.seen).toEqual(["UpdateItem"]);
    expect(await truth(name)).toEqual(untouched);
  });

  test("throttled to the end: unreachable, nothing written; throttled once: applied", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", [], "throttle");
    const error = await refused(setActive(through(2), name, 5), "swap.unreachable");
    expect(error.payload.reason).toBe("Rate exceeded");
    expect(proxy.seen).toEqual(["UpdateItem", "UpdateItem"]);
    expect(await truth(name)).toEqual(untouched);
    proxy.plan("UpdateItem", ["throttle"]);
    expect(await setActive(through(2), name, 5)).toMatchObject({ previous: 4, requests: 2 });
    expect(await truth(name)).toEqual(applied);
  });

  test("the response is lost and the next tries are throttled: applied, by one read", async () => {
    const name = await prepared();
    proxy.plan("UpdateItem", ["lose response"], "throttle");
    expect(await setActive(through(2), name, 5)).toMatchObject({ previous: 4, requests: 3 });
    expect(proxy.seen).toEqual(["UpdateItem", "UpdateItem", "GetItem"]);
    expect(await truth(name)).toEqual(applied);
  });

  test("a refusal that can't be explained without a read is told by the read's failure", async () => {
    const name = await prepared();
    proxy.plan("GetItem", [], "lose request");
    await refused(
      setActive(through(1), name, 4),
      backend.returnsOldItem ? "swap.version-regressed" : "swap.unreachable",
    );
    expect(await truth(name)).toEqual(untouched);
  });

  test("a rollback whose response was lost is applied, and bars once", async () => {
    const name = await prepared();
    await setActive(direct(), name, 5);
    proxy.plan("UpdateItem", ["lose response"]);
    expect(await rollback(through(3), name, { from: 5, to: 4 })).toMatchObject({ previous: 5 });
    expect(await truth(name)).toEqual({ version: 4, byOp: [4] });
    expect((await getRaw(direct(), name))?.barred).toEqual({ NS: ["5"] });
  });

  test("a rollback and a seed lost before they arrive are made again, with the same operation", async () => {
    const name = await prepared();
    await setActive(direct(), name, 5);
    proxy.plan("UpdateItem", ["lose request"]);
    await rollback(through(1), name, { from: 5, to: 4 });
    expect(await truth(name)).toEqual({ version: 4, byOp: [4] });
    const absent = alias();
    proxy.plan("UpdateItem", ["lose request"]);
    expect(await seedActive(through(1), absent, 5)).toMatchObject({ requests: 3 });
    expect(await truth(absent)).toEqual(applied);
  });

  test("a seed whose response was lost is applied, not taken for another's row", async () => {
    const name = alias();
    proxy.plan("UpdateItem", ["lose response"]);
    expect(await seedActive(through(3), name, 5)).toMatchObject({ version: 5, activatedAt: 0 });
    expect(await truth(name)).toEqual(applied);
  });

  test.each([
    ["recording it fails", ["pass", "deny"]],
    ["the move's response is lost", ["lose response"]],
  ] as const)(
    "a foreign advance is in the history although %s, and the next set records it",
    async (_case, faults) => {
      const name = await prepared();
      await goSet(direct(), name, 5, 42);
      proxy.plan("UpdateItem", faults);
      expect(await setActive(through(3), name, 6)).toMatchObject({ previous: 5 });
      expect(await truth(name)).toEqual({ version: 6, byOp: [6] });
      const moves = [
        [4, "set"],
        [5, "foreign"],
        [6, "set"],
      ];
      const { history } = await getActive(direct(), name);
      expect(history.map(({ version, kind }) => [version, kind])).toEqual(moves);
      expect((await getRaw(direct(), name))?.hist?.L).toHaveLength(2);

      expect((await setActive(direct(), name, 7)).requests).toBe(2);
      expect((await getRaw(direct(), name))?.hist?.L).toHaveLength(4);
      const recorded = await getActive(direct(), name);
      expect(recorded.history.map(({ version, kind }) => [version, kind])).toEqual([
        ...moves,
        [7, "set"],
      ]);
      expect((await setActive(direct(), name, 8)).requests).toBe(1);
    },
  );
});
