import { systemEnvironment } from "../../../src/reader/environment";
import { settle } from "./clock";
import { newWorld } from "./world";

const stopped = {
  code: "swap.reader-stopped",
  payload: { alias: "orders", controlTable: "control" },
};

test("after stop nothing is read, no timer is left and the caller gets an error", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver();
  const before = await orders.snapshot();
  orders.stop();
  orders.stop();
  expect(clock.timers).toBe(0);
  await clock.pass(60_000);
  expect(table.seen).toHaveLength(1);
  expect(orders.peek()).toBeUndefined();
  await expect(orders.resolve()).rejects.toMatchObject(stopped);
  await expect(orders.refresh()).rejects.toMatchObject(stopped);
  expect(before.table).toBe("orders_v1");
});

test("stop ends the read under way, and those who wait for it get an error", async () => {
  const { clock, table, events, resolver } = newWorld();
  table.hold();
  const orders = resolver();
  const waiting = orders.resolve();
  waiting.catch(() => {});
  await settle();
  orders.stop();
  await expect(waiting).rejects.toMatchObject(stopped);
  expect(table.seen[0]?.signal?.aborted).toBe(true);
  expect(clock.timers).toBe(0);
  expect(events).toEqual([]);
});

test("stopping one resolver does not disturb those that share its reads", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver();
  const carts = resolver({ alias: "carts" });
  await Promise.all([orders.resolve(), carts.resolve()]);
  orders.stop();
  await clock.pass(5_000);
  expect(table.seen.at(-1)).toMatchObject({ action: "GetItem", aliases: ["carts"] });
  expect(await carts.resolve()).toMatchObject({ version: 1 });
});

test("it is stopped by leaving a using block", async () => {
  const { clock, resolver } = newWorld();
  const orders = resolver();
  await orders.resolve();
  orders[Symbol.dispose]();
  expect(clock.timers).toBe(0);
});

test("the machine's timers do not hold the process open", () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const cancel = systemEnvironment.after(60_000, () => {});
  const during = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  cancel();
  expect(during).toBe(before);
});
