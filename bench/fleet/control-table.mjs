// One row on one partition of DynamoDB, and the clients of many processes that read it.

/** Read units that a partition serves in a second. Source: DynamoDB Developer Guide, partition key design. */
export const PARTITION_UNITS = 3_000;
/** How long a partition may serve above that pace, in milliseconds. Unused time before is not saved up for longer. */
const BURST_MS = 100;
/** Longest lag of a replica. DynamoDB names no bound: "usually one second or less". */
const MAX_LAG_MS = 1_000;
const REPLICAS = 3;

export class ControlTable {
  /** How requests end: "answered", "hang" (no response) or "fail" (HTTP 500). */
  health = "answered";
  #time;
  #random;
  /** Units in a millisecond. */
  #rate;
  #free;
  #filledAt = 0;
  #row;
  /** Rows by replica and the time from which it has them. The first replica never lags. */
  #replicas = [];
  /** By second: requests, those throttled, units, requests by tenth of the second. */
  seconds = [];

  /** @param share of the partition that the processes which read here may use */
  constructor(time, random, share) {
    this.#time = time;
    this.#random = random;
    this.#rate = (share * PARTITION_UNITS) / 1_000;
    this.#free = this.#rate * BURST_MS;
  }

  /** Makes a version active, on the replicas after their lag. */
  activate(version) {
    const before = this.#row;
    const operation = `op-${version}`;
    const at = { N: String(1_700_000_000_000 + this.#time.now) };
    const ver = { N: String(version) };
    const entry = { M: { ver, at, op: { S: operation }, kind: { S: "set" } } };
    const hist = { L: [...(before?.hist.L ?? []), entry].slice(-10) };
    this.#row = { pk: { S: "orders" }, ver, at, op: { S: operation }, hist };
    this.#replicas = Array.from({ length: REPLICAS }, (_, index) => ({
      from: index === 0 ? 0 : this.#time.now + this.#random() * MAX_LAG_MS,
      row: this.#row,
      before,
    }));
  }

  /** One request that arrives now. Throws what DynamoDB answers instead of the row. */
  read(strong) {
    const second = this.second();
    second.requests++;
    second.tenths[Math.floor((this.#time.now % 1_000) / 100)]++;
    if (this.health === "fail") throw named("InternalServerError", 500);
    const units = strong ? 1 : 0.5;
    this.#free = Math.min(
      this.#rate * BURST_MS,
      this.#free + this.#rate * (this.#time.now - this.#filledAt),
    );
    this.#filledAt = this.#time.now;
    if (this.#free < units) {
      second.throttled++;
      throw named("ThrottlingException", 400);
    }
    this.#free -= units;
    second.units += units;
    if (strong) return this.#row;
    const replica = this.#replicas[Math.floor(this.#random() * REPLICAS)];
    return replica.from <= this.#time.now ? replica.row : replica.before;
  }

  second() {
    const index = Math.floor(this.#time.now / 1_000);
    while (this.seconds.length <= index)
      this.seconds.push({ requests: 0, throttled: 0, units: 0, tenths: Array(10).fill(0) });
    return this.seconds[index];
  }
}

/**
 * A client as a process has it: the SDK's own retry strategy, whose delays pass in virtual time, and a network
 * in place of its request handler.
 */
export class Client {
  #table;
  #time;
  #random;
  #strategy;
  config = { region: async () => "us-east-1" };

  constructor(table, time, random, strategy) {
    this.#table = table;
    this.#time = time;
    this.#random = random;
    this.#strategy = strategy;
  }

  async send(command, { abortSignal }) {
    let token = await this.#strategy.acquireInitialRetryToken("");
    for (;;) {
      try {
        const Item = await this.#request(command.input.ConsistentRead, abortSignal);
        this.#strategy.recordSuccess(token);
        return { Item };
      } catch (error) {
        if (error.name === "AbortError") throw error;
        const errorType = error.name === "ThrottlingException" ? "THROTTLING" : "TRANSIENT";
        try {
          token = await this.#strategy.refreshRetryTokenForRetry(token, { errorType });
        } catch {
          throw error;
        }
      }
    }
  }

  #request(strong, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(named("AbortError"));
      signal.addEventListener("abort", () => reject(named("AbortError")), { once: true });
      this.#time.after(this.#latency(), () => {
        if (signal.aborted || this.#table.health === "hang") return;
        let end;
        try {
          const row = this.#table.read(strong);
          end = () => resolve(row);
        } catch (error) {
          end = () => reject(error);
        }
        this.#time.after(this.#latency(), end);
      });
    });
  }

  /** One way: 1 to 3 ms, and for one request in a hundred up to 50 ms. */
  #latency() {
    return this.#random() < 0.01 ? 50 * this.#random() : 1 + 2 * this.#random();
  }
}

function named(name, httpStatusCode) {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}
