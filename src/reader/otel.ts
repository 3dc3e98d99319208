import { type Attributes, type Meter, metrics, type Observable } from "@opentelemetry/api";
import { inputError } from "./errors";
import type { ReaderCounters, ReaderStatus } from "./events";
import type { Resolver } from "./resolver";

/** A gauge computed from a resolver's status; undefined while it has no value. */
interface Gauge {
  name: string;
  unit: string;
  description: string;
  value(status: ReaderStatus): number | undefined;
}

const seconds = (milliseconds: number | undefined) =>
  milliseconds === undefined ? undefined : milliseconds / 1_000;

const gauges: readonly Gauge[] = [
  {
    name: "swap.reader.active_version",
    unit: "1",
    description: "Version that the reader sends traffic to",
    value: (status) => status.activeVersion,
  },
  {
    name: "swap.reader.pointer_age",
    unit: "s",
    description: "Time since the pointer was advanced, by the writer's clock",
    value: (status) => seconds(status.pointerAgeMs),
  },
  {
    name: "swap.reader.last_refresh",
    unit: "s",
    description: "Unix time at which the last good read of the pointer started",
    value: (status) => seconds(status.lastRefreshAt),
  },
  {
    name: "swap.reader.staleness",
    unit: "s",
    description: "Time since the last good read of the pointer started",
    value: (status) => seconds(status.stalenessMs),
  },
];

const counters: readonly {
  name: string;
  unit: string;
  description: string;
  key: keyof ReaderCounters;
}[] = [
  {
    name: "swap.reader.refreshes",
    unit: "{read}",
    description: "Reads that confirmed or renewed the pointer",
    key: "refreshes",
  },
  {
    name: "swap.reader.refresh_errors",
    unit: "{read}",
    description: "Reads of the pointer that failed",
    key: "refreshErrors",
  },
  {
    name: "swap.reader.changes",
    unit: "{change}",
    description: "Changes of the active version that were followed",
    key: "changes",
  },
  {
    name: "swap.reader.refused_answers",
    unit: "{answer}",
    description: "Answers not followed: older, backwards without rollback, or no row",
    key: "refusedAnswers",
  },
  {
    name: "swap.reader.retries",
    unit: "{command}",
    description: "Commands sent again after they met a dropped table",
    key: "retries",
  },
  {
    name: "swap.reader.held_writes",
    unit: "{command}",
    description: "Writes that waited for the fence of a switch",
    key: "heldWrites",
  },
];

export interface ObserveOptions {
  /** The meter that creates the instruments. Default: `pulumi-swap` of the global meter provider. */
  meter?: Meter;
}

/**
 * Reports resolvers to OpenTelemetry whenever its reader collects: gauges `swap.reader.*` and counters,
 * with the attributes `swap.alias` and `swap.control_table`. Makes no requests.
 *
 * Register the meter provider first: instruments created before it report nothing.
 *
 * @returns a function that stops reporting
 * @throws SwapError `swap.input-invalid` if no resolver is given, or an argument is not a resolver
 */
export function observe(
  resolvers: Resolver | readonly Resolver[],
  { meter = metrics.getMeter("pulumi-swap") }: ObserveOptions = {},
): () => void {
  const all = [resolvers].flat();
  if (all.length === 0)
    throw inputError("resolvers", resolvers, "there is none", "pass the resolvers to report");
  for (const each of all)
    if (typeof each?.status !== "function")
      throw inputError("resolver", each, "createResolver did not make it", "pass its resolvers");
  const ofGauges = gauges.map((gauge) => ({
    instrument: meter.createObservableGauge(gauge.name, gauge) as Observable,
    value: gauge.value,
  }));
  const ofCounters = counters.map((counter) => ({
    instrument: meter.createObservableCounter(counter.name, counter) as Observable,
    value: (status: ReaderStatus) => status.counters[counter.key],
  }));
  const observed = [...ofGauges, ...ofCounters];
  const instruments = observed.map(({ instrument }) => instrument);
  const report: Parameters<Meter["addBatchObservableCallback"]>[0] = (result) => {
    for (const resolver of all) {
      const status = resolver.status();
      const attributes: Attributes = {
        "swap.alias": status.alias,
        "swap.control_table": status.controlTable,
      };
      for (const { instrument, value } of observed) {
        const now = value(status);
        if (now !== undefined) result.observe(instrument, now, attributes);
      }
    }
  };
  meter.addBatchObservableCallback(report, instruments);
  return () => meter.removeBatchObservableCallback(report, instruments);
}
