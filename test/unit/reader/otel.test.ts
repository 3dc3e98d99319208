import type { Attributes, BatchObservableCallback, Meter, Observable } from "@opentelemetry/api";
import { observe } from "../../../src/reader/otel";
import { failure } from "./control-table";
import { Row } from "./rows";
import { newWorld } from "./world";

/** A meter that collects when it is asked to. */
function newMeter() {
  const callbacks = new Set<BatchObservableCallback>();
  const named = new Map<object, string>();
  const make = (name: string) => {
    const instrument = {} as Observable;
    named.set(instrument, name);
    return instrument;
  };
  const meter = {
    createObservableGauge: (name: string) => make(`gauge ${name}`),
    createObservableCounter: (name: string) => make(`counter ${name}`),
    addBatchObservableCallback: (callback: BatchObservableCallback) => callbacks.add(callback),
    removeBatchObservableCallback: (callback: BatchObservableCallback) =>
      callbacks.delete(callback),
  } as unknown as Meter;
  return {
    meter,
    collect() {
      const seen: [string, number, Attributes | undefined][] = [];
      for (const callback of callbacks)
        void callback({
          observe: (instrument, value, attributes) =>
            seen.push([named.get(instrument) as string, value, attributes]),
        });
      return seen;
    },
  };
}

test("it reports gauges and counters of each resolver until it is ended", async () => {
  const { clock, table, resolver } = newWorld();
  const { meter, collect } = newMeter();
  const row = new Row().set(3).raw;
  table.rows.set("orders", { ...row, at: { N: String(clock.wall() - 60_000) } });
  const orders = resolver({ refreshMs: 60_000 });
  const carts = resolver({ alias: "carts", controlTable: "control2" });
  const end = observe([orders, carts], { meter });
  await orders.resolve();
  const readAt = clock.wall() / 1_000;
  await clock.pass(2_500);
  table.failing = { error: failure("TimeoutError") };
  await orders.refresh().catch(() => {});
  const of = (alias: string) =>
    Object.fromEntries(
      collect()
        .filter(([, , attributes]) => attributes?.["swap.alias"] === alias)
        .map(([name, value]) => [name, value]),
    );
  expect(of("orders")).toEqual({
    "gauge swap.reader.active_version": 3,
    "gauge swap.reader.pointer_age": 62.5,
    "gauge swap.reader.last_refresh": readAt,
    "gauge swap.reader.staleness": 2.5,
    "counter swap.reader.refreshes": 1,
    "counter swap.reader.refresh_errors": 1,
    "counter swap.reader.changes": 0,
    "counter swap.reader.refused_answers": 0,
    "counter swap.reader.retries": 0,
    "counter swap.reader.held_writes": 0,
  });
  expect(of("carts")).toMatchObject({ "gauge swap.reader.active_version": 1 });
  expect(collect()[0]?.[2]).toEqual({ "swap.alias": "orders", "swap.control_table": "control" });
  end();
  expect(collect()).toEqual([]);
});

test("before the first read there are counters and no gauges", () => {
  const { meter, collect } = newMeter();
  const { resolver } = newWorld();
  observe(resolver(), { meter });
  expect(new Set(collect().map(([name]) => name.split(" ")[0]))).toEqual(new Set(["counter"]));
});

test("nothing to observe is refused, and without a provider it is harmless", () => {
  expect(() => observe([])).toThrow(expect.objectContaining({ code: "swap.input-invalid" }));
  const { resolver } = newWorld();
  observe(resolver())();
});
