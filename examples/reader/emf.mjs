// Reports a resolver to CloudWatch in its embedded metric format: a JSON line on stdout, which AWS
// Lambda, or the CloudWatch agent, turns into metrics.
// Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".

const gauges = [
  ["ActiveVersion", "None", (status) => status.activeVersion],
  ["PointerAge", "Milliseconds", (status) => status.pointerAgeMs],
  ["Staleness", "Milliseconds", (status) => status.stalenessMs],
];
const counters = [
  ["Refreshes", "refreshes"],
  ["RefreshErrors", "refreshErrors"],
  ["Changes", "changes"],
  ["RefusedAnswers", "refusedAnswers"],
  ["Retries", "retries"],
];

/** One line for `resolver.status()`. CloudWatch sums counts: report those since `before`. */
export function emfLine(status, before, timestamp = Date.now()) {
  const values = [
    ...gauges.map(([name, unit, value]) => [name, unit, value(status)]),
    ...counters.map(([name, key]) => [
      name,
      "Count",
      status.counters[key] - (before?.counters[key] ?? 0),
    ]),
  ].filter(([, , value]) => value !== undefined);
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: "PulumiSwap/Reader",
          Dimensions: [["ControlTable", "Alias"]],
          Metrics: values.map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    ControlTable: status.controlTable,
    Alias: status.alias,
    ...Object.fromEntries(values.map(([name, , value]) => [name, value])),
  });
}

/** Prints a line every minute; returns a function that ends it. */
export function reportEmf(resolver, everyMs = 60_000) {
  let before;
  const timer = setInterval(() => {
    const status = resolver.status();
    console.log(emfLine(status, before));
    before = status;
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
