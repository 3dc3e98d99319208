import { type Drain, switchPointer } from "../../../src/migration/switch";
import type { Fence } from "../../../src/pointer/fence";
import { FencedWrites } from "../../../src/reader/client/fenced-writes";
import type { Environment } from "../../../src/reader/environment";

/** What a run is broken by, to see that the checks find it. */
export interface Faults {
  /** Clients whose clocks stand still: they take any pointer for confirmed, and any answer for prompt. */
  clientClock?: boolean;
  /** The switch does not wait for the write bound. */
  wait?: boolean;
  /** The switch does not wait for the changes. */
  drain?: boolean;
  /** The flip does not look at the fence. */
  flip?: boolean;
  /** Clients that know of no fence. */
  unfenced?: boolean;
  /** Clients read replicas that lag. */
  eventual?: boolean;
}

export const BUDGET_MS = 15_000;
const VERSIONS = [1, 2] as const;

interface Row {
  version: number;
  identity: string;
  fence?: Fence;
  /** The operation of the fence that was removed last. */
  closed?: string;
}

/** What a run saw. */
export interface Outcome {
  acknowledged: number;
  doubtful: number;
  switches: number;
  removedByClients: number;
  /** Longest that a client waited for one fence, without its reads. */
  longestHoldMs: number;
  /** Keys whose live value is none that may be there. */
  lost: string[];
}

/** A run of writers and switches on a virtual clock, all of whose delays follow from the seed. */
export class World {
  now = 0;
  readonly #random: () => number;
  readonly #faults: Faults;
  /** What will happen, the next last. */
  readonly #events: { at: number; run: () => void }[] = [];
  #operations = 0;
  #row: Row = { version: 1, identity: "first" };
  /** Earlier rows, for replicas that lag. */
  readonly #rows: { at: number; row: Row }[] = [{ at: 0, row: this.#row }];
  readonly #tables = new Map(VERSIONS.map((version) => [version, new Map<string, number>()]));
  /** Keys that a table's stream has shown and the other table may lack. */
  readonly #changes = new Map(VERSIONS.map((version) => [version, [] as string[]]));
  readonly #outcome: Outcome = {
    acknowledged: 0,
    doubtful: 0,
    switches: 0,
    removedByClients: 0,
    longestHoldMs: 0,
    lost: [],
  };
  /** The values that a key may have at the end: the last acknowledged one, and one in doubt after it. */
  readonly #allowed = new Map<string, Set<number>>();
  #running = 0;

  constructor(seed: number, faults: Faults) {
    this.#random = mulberry32(seed);
    this.#faults = faults;
  }

  async run(writers: number, writes: number, switches: number): Promise<Outcome> {
    for (let i = 0; i < writers; i++) this.#start(this.#writer(`w${i}`, writes));
    this.#start(this.#operator(switches));
    for (const version of VERSIONS) void this.#replicate(version);
    while (this.#running > 0) await this.#step();
    // What was left to the replicas, and every write that is still on its way, lands.
    const end = this.now + 2 * LATE_MS;
    while (this.#events.length > 0 && this.now < end) await this.#step();
    const live = this.#tables.get(this.#row.version as 1);
    for (const [key, allowed] of this.#allowed)
      if (!allowed.has(live?.get(key) ?? 0)) this.#outcome.lost.push(key);
    return this.#outcome;
  }

  async #step(): Promise<void> {
    // Everything that is ready at this moment runs before time goes on.
    await new Promise(setImmediate);
    const next = this.#events.pop();
    if (next === undefined) throw new Error("the run is stuck");
    this.now = next.at;
    next.run();
  }

  #start(process: Promise<void>): void {
    this.#running++;
    void process.finally(() => {
      this.#running--;
    });
  }

  #after(ms: number): Promise<void> {
    const at = this.now + ms;
    return new Promise((run) => {
      const index = this.#events.findLastIndex((each) => each.at > at);
      this.#events.splice(index + 1, 0, { at, run });
    });
  }

  /** A delay in the network or a process: mostly short, sometimes seconds, rarely minutes. */
  #delay(): number {
    const kind = this.#random();
    if (kind < 0.9) return 1 + this.#random() * 20;
    if (kind < 0.985) return 100 + this.#random() * 8_000;
    return this.#random() * LATE_MS;
  }

  /** A request: it arrives, has its effect, and its answer returns; either may be lost or late. */
  async #request<T>(effect: () => T): Promise<T> {
    await this.#after(this.#delay());
    const answer = effect();
    await this.#after(this.#delay());
    if (this.#random() < 0.02) throw new Error("no answer");
    return answer;
  }

  #put(version: number, key: string, value: number): void {
    this.#tables.get(version as 1)?.set(key, value);
    this.#changes.get(version as 1)?.push(key);
  }

  #setRow(row: Row): void {
    this.#row = row;
    this.#rows.push({ at: this.now, row });
  }

  #read(): Row {
    if (!this.#faults.eventual) return this.#row;
    const lag = this.#random() * 10_000;
    return this.#rows.findLast(({ at }) => at <= this.now - lag)?.row ?? this.#row;
  }

  #removeFence(fence: Fence): boolean {
    const { fence: standing, ...row } = this.#row;
    if (standing?.operation !== fence.operation) return false;
    this.#setRow({ ...row, closed: fence.operation });
    return true;
  }

  async #writer(name: string, writes: number): Promise<void> {
    const clock = () => (this.#faults.clientClock ? 0 : this.now);
    const environment: Environment = {
      wall: clock,
      monotonic: clock,
      random: this.#random,
      after: () => () => {},
      wait: async (ms) => {
        const held = (waited.get(fenceSeen) ?? 0) + ms;
        waited.set(fenceSeen, held);
        this.#outcome.longestHoldMs = Math.max(this.#outcome.longestHoldMs, held);
        await this.#after(ms);
      },
    };
    const waited = new Map<string, number>();
    let fenceSeen = "";
    let cached: { row: Row; at: number } | undefined;
    const client = new FencedWrites(
      {
        confirm: async (mostMs) => {
          if (cached === undefined || this.now - cached.at > mostMs || this.#faults.clientClock) {
            // A clock that stands still shows no age.
            if (cached === undefined || mostMs === 0 || !this.#faults.clientClock) {
              const at = this.now;
              const row = await this.#request(() => this.#read());
              cached = { row, at };
            }
          }
          const { row, at } = cached;
          const stands = row.fence?.from === row.version && !this.#faults.unfenced;
          const fence = stands ? row.fence : undefined;
          if (fence) fenceSeen = fence.operation;
          const confirmedAt = this.#faults.clientClock ? 0 : at;
          return {
            row,
            identity: row.identity,
            confirmedAt: { wall: confirmedAt, monotonic: confirmedAt },
            ...(fence && { fence }),
          };
        },
        removeFence: async (fence) => {
          if (await this.#request(() => this.#removeFence(fence))) this.#outcome.removedByClients++;
        },
        held: () => {},
        slowReads: () => new Error("slow"),
        inDoubt: () => new Error("in doubt"),
      },
      environment,
    );
    let key = `${name}/0`;
    for (let value = 1; value <= writes; value++) {
      await this.#after(this.#random() * 4_000);
      let sent = false;
      try {
        await client.write(({ row: { version } }) => {
          sent = true;
          return this.#request(() => this.#put(version, key, value));
        });
        this.#allowed.set(key, new Set([value]));
        this.#outcome.acknowledged++;
      } catch {
        if (!sent) continue;
        // It may land at any later time, so that another value of this key could be overwritten by it.
        this.#outcome.doubtful++;
        this.#allowed.set(key, new Set([...(this.#allowed.get(key) ?? [0]), value]));
        key = `${name}/${value}`;
      }
    }
  }

  /** Applies the changes of one version to the other, one after another, while it is the active one. */
  async #replicate(version: 1 | 2): Promise<void> {
    const changes = this.#changes.get(version) as string[];
    const other = version === 1 ? 2 : 1;
    for (;;) {
      const lag = this.#random() < 0.02 ? 4_000 + this.#random() * 8_000 : 20;
      await this.#after(lag + this.#random() * 400);
      const key = changes[0];
      if (key === undefined) continue;
      if (this.#row.version === version) {
        const value = this.#tables.get(version)?.get(key);
        if (value !== undefined) this.#tables.get(other)?.set(key, value);
      } else {
        // A stray on the version left: it is repaired from the active one.
        const value = this.#tables.get(other)?.get(key);
        if (value !== undefined) this.#tables.get(version)?.set(key, value);
      }
      changes.shift();
    }
  }

  async #operator(switches: number): Promise<void> {
    for (let i = 0; i < switches; i++) {
      await this.#after(2_000 + this.#random() * 20_000);
      const from = this.#row.version;
      const to = from === 1 ? 2 : 1;
      const fence = { from, to, operation: `op${++this.#operations}`, budgetMs: BUDGET_MS };
      // A switch that dies stops at one of its steps.
      const dies = this.#random() < 0.3 ? Math.floor(this.#random() * 4) : -1;
      let steps = 0;
      const step = async <T>(run: () => T): Promise<T> => {
        if (steps++ === dies) await new Promise(() => {});
        // A request that seemed lost, and was sent again, may arrive a second time, much later.
        if (this.#random() < 0.1) void this.#request(run).catch(() => {});
        return this.#request(run);
      };
      const done = switchPointer(
        fence,
        {
          openDrain: () => step(() => this.#drain(from)),
          placeFence: (placed) => step(() => this.#place(placed)),
          removeFence: async (placed) => {
            await this.#request(() => this.#removeFence(placed));
          },
          flip: (placed) => step(() => this.#flip(placed)),
        },
        {
          monotonic: () => this.now,
          wait: (ms) => this.#after(this.#faults.wait ? 0 : ms + this.#delay()),
        },
      ).catch(() => {});
      await (dies >= 0 ? Promise.race([done, this.#after(BUDGET_MS)]) : done);
    }
  }

  #place(fence: Fence): void {
    const { version, fence: standing, closed } = this.#row;
    if (version !== fence.from || standing?.from === version || closed === fence.operation)
      throw new Error("refused");
    this.#setRow({ ...this.#row, fence });
  }

  #flip(fence: Fence): void {
    const { version, fence: standing } = this.#row;
    if (version !== fence.from) throw new Error("refused");
    if (!this.#faults.flip && standing?.operation !== fence.operation) throw new Error("refused");
    this.#setRow({ version: fence.to, identity: fence.operation });
    this.#outcome.switches++;
  }

  #drain(from: number): Drain {
    return {
      untilEmpty: async (timeLeftMs) => {
        if (this.#faults.drain) return;
        const pending = () => VERSIONS.some((version) => this.#changes.get(version)?.length);
        while (pending() && from === this.#row.version) {
          if (timeLeftMs() <= 0) throw new Error("not drained");
          await this.#after(50);
        }
      },
    };
  }
}

/** The longest delay, in milliseconds. */
const LATE_MS = 180_000;

/** A generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
