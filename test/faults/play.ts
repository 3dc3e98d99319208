import { DeleteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type ControlTableRef, type RawRow, setActive } from "../../src/pointer";
import { readRawRow } from "../../src/pointer/read";
import { createResolver } from "../../src/reader";
import { getRaw, putRaw } from "../contract/pointer/bench";
import { goSet } from "../support/go-writer";
import { actionOf, carryOut, type ObservedPointer, outcomeOf, TURN_MS } from "./actions";
import { clientWithoutPauses } from "./clients";
import type { Answer } from "./fault";
import { longHistory } from "./long-history";
import { type FaultProxy, type Request, startFaultProxy, type Verdict } from "./proxy";
import type { Action, Call, Commit, Outcome, Played } from "./record";
import type { ActorScript, Script, ScriptedFault } from "./script";
import { Turns } from "./turns";

/** The history's clock at turn 0, in unix milliseconds. */
export const START = 1_700_000_000_000;

const plain: ScriptedFault = { fault: "pass", requestDelay: 0, responseDelay: 0, lateBy: 1 };

/** Plays histories on one control table, one after the other. */
export interface Stage {
  play(script: Script): Promise<Played>;
  close(): Promise<void>;
}

export async function openStage(endpoint: string, direct: ControlTableRef): Promise<Stage> {
  let current: Play | undefined;
  const proxy = await startFaultProxy(
    endpoint,
    (request) => {
      if (current === undefined) throw new Error("a request while no history is played");
      return current.judge(request);
    },
    (error) => current?.fail(error),
  );
  let played = 0;
  return {
    async play(script) {
      played += 1;
      const alias = `history${played}`;
      await begin(direct, alias, script.start);
      current = new Play(script, alias, direct, await getRaw(direct, alias));
      return current.run(proxy);
    },
    close: () => proxy.stop(),
  };
}

async function begin(ref: ControlTableRef, alias: string, start: Script["start"]): Promise<void> {
  const at = { ...ref, now: () => START };
  if (start === "ours") await setActive(at, alias, 2, { actor: "start", reason: "start" });
  if (start === "foreign") await goSet(ref, alias, 2, START);
  if (start === "long") await putRaw(ref, alias, longHistory(2, START));
}

class Play {
  readonly #script: Script;
  readonly #direct: ControlTableRef;
  readonly #record: Played;
  readonly #turns: Turns;
  readonly #parts = new Map<string, { part: ActorScript; requests: number; call?: Call }>();
  #failure: unknown;

  constructor(script: Script, alias: string, direct: ControlTableRef, start: RawRow | undefined) {
    this.#script = script;
    this.#direct = direct;
    this.#record = { alias, start, calls: [], commits: [] };
    const order = script.turns.values();
    this.#turns = new Turns((among) => (order.next().value ?? 0) % among);
    script.writers.forEach((part, index) => {
      this.#parts.set(`w${index + 1}`, { part, requests: 0 });
    });
    this.#parts.set("reader", { part: script.reader, requests: 0 });
  }

  fail(error: unknown): void {
    this.#failure ??= error;
  }

  async run(proxy: FaultProxy): Promise<Played> {
    const clients: DynamoDBClient[] = [];
    const clientOf = async (actor: string) => {
      const tries = this.#parts.get(actor)?.part.tries ?? 1;
      const client = await clientWithoutPauses(proxy.endpointOf(actor), tries);
      clients.push(client);
      return client;
    };
    const actors: (() => Promise<void>)[] = [];
    for (let index = 1; index <= this.#script.writers.length; index++) {
      const client = await clientOf(`w${index}`);
      actors.push(() => this.#write(`w${index}`, client));
    }
    const readers = await this.#readers(await clientOf("reader"));
    try {
      await this.#turns.run([...actors, ...readers.actors]);
    } finally {
      readers.stop();
      for (const client of clients) client.destroy();
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#record;
  }

  /** One resolver and two that use it: reads that overlap, as in a process that serves requests. */
  async #readers(client: DynamoDBClient) {
    const { reader } = this.#script;
    if (reader.steps.length + reader.beside === 0) return { actors: [], stop: () => {} };
    const { alias } = this.#record;
    const { controlTable } = this.#direct;
    // A read is given up by the clock of the machine, which is none of the history's.
    const options = { alias, controlTable, client, refreshMs: 3_600_000, readTimeoutMs: 60_000 };
    const stops: (() => void)[] = [];
    const refreshes =
      (count: number, resolver: () => ReturnType<typeof createResolver>) => async () => {
        for (let step = 0; step < count; step++) {
          await this.#turns.wait();
          await this.#call("reader", { do: "refresh" }, async () => {
            const { version, implicit } = await resolver().refresh();
            return { is: "shown", version, implicit };
          });
        }
      };
    let made: ReturnType<typeof createResolver> | undefined;
    const resolver = () => {
      if (made === undefined) {
        made = createResolver(options);
        stops.push(() => made?.stop());
      }
      return made;
    };
    return {
      actors: [refreshes(reader.steps.length, resolver), refreshes(reader.beside, resolver)],
      stop: () => {
        for (const stop of stops) stop();
      },
    };
  }

  async #write(actor: string, client: DynamoDBClient): Promise<void> {
    const own = this.#parts.get(actor);
    let sight: ObservedPointer = { version: 2, barred: [], retired: [] };
    for (const step of own?.part.steps ?? []) {
      await this.#turns.wait();
      const deed = actionOf(step, sight, this.#clock());
      if (deed.do === "refresh") continue;
      const { controlTable } = this.#direct;
      const { notes } = this.#script;
      const call = await this.#call(actor, deed, (begun) =>
        deed.do === "lose"
          ? this.#lose(begun)
          : carryOut(
              {
                client,
                controlTable,
                now: () => this.#clock(),
                newOperation: () => {
                  const drawn = `${actor}-${begun.began}-${begun.operations.length}`;
                  begun.operations.push(drawn);
                  return drawn;
                },
              },
              this.#record.alias,
              deed,
              notes === 0 ? {} : { actor: "é".repeat(notes), reason: "w".repeat(notes) },
            ),
      );
      sight = sightAfter(sight, call);
    }
  }

  /** Somebody deletes the row by hand, past our code and past the proxy. */
  async #lose(call: Call): Promise<Outcome> {
    const { client, controlTable } = this.#direct;
    const before = this.#row();
    await client.send(
      new DeleteItemCommand({ TableName: controlTable, Key: { pk: { S: this.#record.alias } } }),
    );
    const turn = this.#turns.now;
    this.#record.commits.push({ turn, call, kind: "lost", before, after: undefined, late: false });
    return { is: "done" };
  }

  /** The row as it is by the writes so far. */
  #row(): RawRow | undefined {
    const last = this.#record.commits.at(-1);
    return last === undefined ? this.#record.start : last.after;
  }

  async #call(actor: string, deed: Action, act: (call: Call) => Promise<Outcome>): Promise<Call> {
    const call: Call = {
      actor,
      action: deed,
      began: this.#turns.now,
      ended: Number.POSITIVE_INFINITY,
      outcome: { is: "unknown" },
      sent: [],
      operations: [],
    };
    this.#record.calls.push(call);
    const own = this.#parts.get(actor);
    if (own) own.call = call;
    call.outcome = await act(call).catch(outcomeOf);
    call.ended = this.#turns.now;
    return call;
  }

  /** By who asks and how often it has asked before, never by what others do meanwhile. */
  async judge({ actor, operation }: Request): Promise<Verdict> {
    const own = this.#parts.get(actor);
    if (own?.call === undefined) throw new Error(`a request of "${actor}", which does nothing`);
    const { call } = own;
    const scripted = own.part.faults[own.requests] ?? plain;
    own.requests += 1;
    call.sent.push({ operation, fault: scripted.fault });
    await this.#turns.wait(scripted.requestDelay);
    return {
      fault: scripted.fault,
      late: (deliver) =>
        this.#turns.later(scripted.lateBy, async () => {
          try {
            await this.#took(call, operation, await deliver(), true);
          } catch (error) {
            this.fail(error);
          }
        }),
      beforeAnswer: async (answer) => {
        if (answer !== undefined) await this.#took(call, operation, answer, false);
        if (scripted.responseDelay > 0) await this.#turns.wait(scripted.responseDelay);
      },
    };
  }

  /** Notes what a request has changed, by a look at the table past the proxy. */
  async #took(call: Call, operation: string, answer: Answer, late: boolean) {
    if (operation !== "UpdateItem" || answer.status !== 200) return;
    const after = await readRawRow(this.#direct, this.#record.alias);
    if (after === undefined) throw new Error("a write left no row");
    const before = this.#row();
    this.#record.commits.push({
      turn: this.#turns.now,
      call,
      kind: kinds[call.action.do] ?? "move",
      before,
      after,
      late,
    });
  }

  #clock(): number {
    return START + this.#turns.now * TURN_MS;
  }
}

const kinds: Partial<Record<Action["do"], Commit["kind"]>> = {
  "foreign set": "foreign",
  lift: "lift",
  delete: "permit",
  reopen: "reopen",
};

function sightAfter(sight: ObservedPointer, { action: deed, outcome }: Call): ObservedPointer {
  switch (outcome.is) {
    case "applied": {
      const { version } = outcome.moved;
      const left = deed.do === "rollback" ? [deed.from, ...sight.barred] : sight.barred;
      return { ...sight, version, barred: left.filter((each) => each !== version) };
    }
    case "conflict":
      return { ...sight, version: outcome.active ?? sight.version };
    case "done":
      return sightAfterWrite(sight, deed);
    case "read":
      return outcome.row ?? sight;
    case "shown":
      return { ...sight, version: outcome.version };
    default:
      return sight;
  }
}

function sightAfterWrite(sight: ObservedPointer, deed: Action): ObservedPointer {
  switch (deed.do) {
    case "foreign set":
      return { ...sight, version: deed.version };
    case "lift":
      return { ...sight, barred: sight.barred.slice(1) };
    case "delete":
      return { ...sight, retired: [deed.version, ...sight.retired] };
    case "reopen":
      return { ...sight, retired: sight.retired.filter((each) => each !== deed.version) };
    case "lose":
      return { version: 1, barred: [], retired: [] };
    default:
      return sight;
  }
}
