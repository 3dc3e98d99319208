import { FencedWrites, WRITE_BOUND_MS } from "../../../src/reader/client/fenced-writes";
import type { Route } from "../../../src/reader/client/route";
import { sendFenced } from "../../../src/reader/client/send-fenced";
import type { Environment } from "../../../src/reader/environment";

/** A client on a clock that only its waits and requests move. */
function client(requestMs: number[] = []) {
  let now = 0;
  let operation = "first";
  const environment: Environment = {
    wall: () => now,
    monotonic: () => now,
    random: () => 0,
    after: () => () => {},
    wait: async (ms) => {
      now += ms;
    },
  };
  const reads: number[] = [];
  const gate = new FencedWrites(
    {
      confirm: async (mostMs) => {
        reads.push(mostMs);
        const confirmedAt = { wall: now, monotonic: now };
        const identity = operation;
        now += requestMs.shift() ?? 0;
        return { identity, confirmedAt };
      },
      removeFence: async () => {},
      held: () => {},
      slowReads: () => new Error("slow"),
      inDoubt: () => new Error("in doubt"),
    },
    environment,
  );
  const write = (ms: number, moves = false) =>
    gate.write(async () => {
      now += ms;
      if (moves) operation = "second";
      return "answer";
    });
  return { write, reads };
}

test("an answer within the bound counts without another read", async () => {
  const { write, reads } = client();
  expect(await write(WRITE_BOUND_MS)).toBe("answer");
  expect(reads).toEqual([WRITE_BOUND_MS - 1_000]);
});

test("a late answer counts if the pointer is the same, by a read that started after it", async () => {
  const { write, reads } = client();
  expect(await write(WRITE_BOUND_MS + 1)).toBe("answer");
  expect(reads).toEqual([WRITE_BOUND_MS - 1_000, 0]);
});

test("a late answer is in doubt if the pointer has moved", async () => {
  await expect(client().write(WRITE_BOUND_MS + 1, true)).rejects.toThrow("in doubt");
  expect(await client().write(WRITE_BOUND_MS, true)).toBe("answer");
});

test("a pointer whose read took longer than the bound is read again, a few times", async () => {
  const slow = WRITE_BOUND_MS + 1;
  const twice = client([slow, slow]);
  expect(await twice.write(0)).toBe("answer");
  expect(twice.reads).toEqual([WRITE_BOUND_MS - 1_000, 0, 0]);
  await expect(client([slow, slow, slow]).write(0)).rejects.toThrow("slow");
});

test("a write that waited for a fence is reported as held, also if the fence can't be removed then", async () => {
  const held: number[] = [];
  let now = 0;
  const wait = async (ms: number) => {
    now += ms;
  };
  const fence = { from: 1, to: 2, operation: "op", budgetMs: 1_000 };
  const gate = new FencedWrites(
    {
      confirm: async () => ({
        identity: "one",
        confirmedAt: { wall: now, monotonic: now },
        fence,
      }),
      removeFence: async () => {
        throw new Error("AccessDeniedException");
      },
      held: (heldMs) => held.push(heldMs),
      slowReads: () => new Error("slow"),
      inDoubt: () => new Error("in doubt"),
    },
    { wall: () => now, monotonic: () => now, random: () => 0, after: () => () => {}, wait },
  );
  await expect(gate.write(async () => "answer")).rejects.toThrow("AccessDeniedException");
  expect(held).toEqual([fence.budgetMs]);
});

test("a write of two aliases is sent when both pointers are young, though one was held", async () => {
  let now = 0;
  const route = (alias: string, waits: number[]) => {
    const gate = {
      ready: async () => {
        now += waits.shift() ?? 0;
        return { snapshot: { alias, version: 1 }, confirmedAt: now };
      },
      isCurrent: ({ confirmedAt }: { confirmedAt: number }) => now - confirmedAt <= 4_000,
      settle: async () => {},
    };
    return { alias, gate } as unknown as Route;
  };
  // The first is ready at once; the second is held for ten seconds.
  const routes = [route("a", [0]), route("b", [10_000])];
  const sent: number[] = [];
  await sendFenced(routes, {
    send: async () => {
      sent.push(now);
    },
    gone: (error) => error,
  });
  expect(sent).toEqual([10_000]);
});

test("a write that meets a dropped table is sent once more, then fails", async () => {
  const gone = Object.assign(new Error("no table"), { name: "ResourceNotFoundException" });
  let renewed = 0;
  const gate = {
    ready: async () => ({ snapshot: { alias: "a", version: 1 } }),
    isCurrent: () => true,
    settle: async () => {},
    renew: async () => {
      renewed++;
    },
  };
  const routes = [{ alias: "a", gate }] as unknown as Route[];
  const send = () => Promise.reject(gone);
  await expect(sendFenced(routes, { send, gone: () => new Error("version gone") })).rejects.toThrow(
    "version gone",
  );
  expect(renewed).toBe(1);
});
