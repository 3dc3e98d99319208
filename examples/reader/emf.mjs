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
  ["HeldWrites", "heldWrites"],
];

/** Keeps the longest wait of a write for a fence: pass its `onEvent` to `createResolver`, and it to `reportEmf`. */
export function longestHold() {
  let longest;
  return {
    /** @param {{ kind: string; heldMs?: number }} event */
    onEvent({ kind, heldMs }) {
      if (kind === "write-held") longest = Math.max(longest ?? 0, heldMs);
    },
    take() {
      const taken = longest;
      longest = undefined;
      return taken;
    },
  };
}

/** One line for `resolver.status()`. CloudWatch sums counts: report those since `before`. */
export function emfLine(status, before, timestamp = Date.now(), heldMs) {
  const values = [
    ...gauges.map(([name, unit, value]) => [name, unit, value(status)]),
    ["LongestHold", "Milliseconds", heldMs],
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
    // Its name, also where the resolver was given its ARN.
    ControlTable: status.controlTable.split("/").at(-1),
    Alias: status.alias,
    ...Object.fromEntries(values.map(([name, , value]) => [name, value])),
  });
}

/**
 * Returns a function that prints a line. In AWS Lambda, call it at the end of each invocation, after `resolve()`: a timer
 * stands still between them, and would then report an old reading. Elsewhere use `reportEmf`.
 */
export function emfReporter(resolver, holds) {
  const began = Date.now();
  let before;
  return () => {
    const now = Date.now();
    const status = resolver.status();
    // Until a first read is good, the age is how long none was.
    const line = emfLine({ stalenessMs: now - began, ...status }, before, now, holds?.take());
    // Past the console, which may put another form around a line.
    process.stdout.write(`${line}\n`);
    before = status;
  };
}

/**
 * Prints a line every minute; returns a function that ends it.
 *
 * @param {Pick<import("pulumi-swap/reader").Resolver, "status">} resolver
 * @param {{ everyMs?: number; holds?: ReturnType<typeof longestHold> }} [options]
 */
export function reportEmf(resolver, { everyMs = 60_000, holds } = {}) {
  const timer = setInterval(emfReporter(resolver, holds), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
