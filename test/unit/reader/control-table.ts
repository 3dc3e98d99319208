import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { RawRow } from "../../../src/pointer";

/** A request as the control table saw it. */
export interface Seen {
  action: "GetItem" | "BatchGetItem";
  aliases: string[];
  consistent: boolean | undefined;
  signal: AbortSignal | undefined;
}

export const failure = (name: string, fields: object = {}) =>
  Object.assign(new Error(`${name} happened`), { name }, fields);

/** A control table that answers as a test wants, when it wants. */
export class ControlTable {
  readonly rows = new Map<string, RawRow>();
  readonly seen: Seen[] = [];
  /** What a replica that lags has of an alias, for reads that are not strong. Default: the rows. */
  lagging: ((alias: string) => RawRow | undefined) | undefined;
  /** Thrown instead of an answer, for some actions or all. */
  failing: { error: Error; action?: Seen["action"] } | undefined;
  /** Keys left unprocessed by the next batches, in turn. */
  readonly unprocessed: string[][] = [];
  #held: (() => void)[] | undefined;

  /** From now on answers wait for {@link release}, although their reads have been made. */
  hold(): void {
    this.#held = [];
  }

  /** Lets one held answer go, by the order in which its read was made. */
  release(index: number): void {
    this.#held?.[index]?.();
  }

  answerAtOnce(): void {
    for (const go of this.#held ?? []) go();
    this.#held = undefined;
  }

  readonly client = {
    config: { region: async () => "eu-west-1" },
    send: async (command: unknown, options?: { abortSignal?: AbortSignal }) => {
      const answer = this.#read(command, options?.abortSignal);
      const held = this.#held;
      if (held) await new Promise<void>((go) => held.push(go));
      return answer();
    },
  } as unknown as DynamoDBClient;

  #read(command: unknown, signal: AbortSignal | undefined): () => object {
    if (command instanceof GetItemCommand) {
      const { Key, ConsistentRead } = command.input;
      const alias = Key?.pk?.S as string;
      return this.#answer({
        action: "GetItem",
        aliases: [alias],
        consistent: ConsistentRead,
        signal,
      });
    }
    if (!(command instanceof BatchGetItemCommand)) throw new Error("an unexpected command");
    const [request] = Object.values(command.input.RequestItems ?? {});
    const aliases = (request?.Keys ?? []).map((key) => key.pk?.S as string);
    return this.#answer({
      action: "BatchGetItem",
      aliases,
      consistent: request?.ConsistentRead,
      signal,
    });
  }

  #answer(seen: Seen): () => object {
    this.seen.push(seen);
    const { failing } = this;
    if (failing && (failing.action ?? seen.action) === seen.action)
      return () => {
        throw failing.error;
      };
    const items = (aliases: string[]) =>
      aliases.flatMap((alias) => {
        const lagging = seen.consistent === true ? undefined : this.lagging;
        const row = lagging ? lagging(alias) : this.rows.get(alias);
        return row ? [{ pk: { S: alias }, ...structuredClone(row) }] : [];
      });
    if (seen.action === "GetItem") {
      const [Item] = items(seen.aliases);
      return () => ({ ...(Item && { Item }) }) satisfies Partial<GetItemCommandOutput>;
    }
    const left = this.unprocessed.shift() ?? [];
    const Items = items(seen.aliases.filter((alias) => !left.includes(alias)));
    return () =>
      ({
        Responses: { control: Items },
        UnprocessedKeys:
          left.length > 0 ? { control: { Keys: left.map((alias) => ({ pk: { S: alias } })) } } : {},
      }) satisfies Partial<BatchGetItemCommandOutput>;
  }
}
