import { NEW_TABLE_MS, retryWhileNew } from "../../../src/aws";
import { SwapError } from "../../../src/errors";

const missing = new SwapError("swap.control-table-missing", { controlTable: "shop_swap" });

/** Fails so many times, each with the error, and then answers. */
function failing(times: number, error: Error = missing) {
  let left = times;
  return jest.fn(async () => {
    if (left-- > 0) throw error;
    return "answer";
  });
}

function clocked() {
  let now = 7;
  const pauses: number[] = [];
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      pauses.push(ms);
      now += ms;
    },
  };
  return { clock, pauses };
}

test("a table that is found at once is asked once", async () => {
  const { clock, pauses } = clocked();
  expect(await retryWhileNew(failing(0), { clock })).toBe("answer");
  expect(pauses).toEqual([]);
});

test("one that is found later is asked again, less and less often", async () => {
  const { clock, pauses } = clocked();
  expect(await retryWhileNew(failing(6), { clock })).toBe("answer");
  expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

test("one that is never found is missing after a few seconds", async () => {
  const { clock, pauses } = clocked();
  await expect(retryWhileNew(failing(100), { clock })).rejects.toBe(missing);
  expect(pauses.reduce((all, each) => all + each, 0)).toBe(NEW_TABLE_MS);
});

test("any other failure is thrown at once", async () => {
  const { clock } = clocked();
  const doing = failing(1, new Error("another"));
  await expect(retryWhileNew(doing, { clock })).rejects.toThrow("another");
  expect(doing).toHaveBeenCalledTimes(1);
});

test("an abort ends it, also in a pause", async () => {
  const { clock } = clocked();
  const doing = failing(100);
  await expect(retryWhileNew(doing, { clock, signal: AbortSignal.abort() })).rejects.toBe(missing);
  expect(doing).toHaveBeenCalledTimes(1);
  const abort = new AbortController();
  const waiting = retryWhileNew(failing(100), { signal: abort.signal });
  setImmediate(() => abort.abort());
  await expect(waiting).rejects.toBe(missing);
});
