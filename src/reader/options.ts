import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { assertClientRelease } from "../aws";
import { assertAlias } from "../pointer";
import { assertFields } from "../validation";
import { inputError } from "./errors";
import type { ReaderEvent } from "./events";
import type { Snapshot } from "./snapshot";

/** A change of the active version that a resolver has followed. */
export interface Change {
  alias: string;
  previous: Snapshot;
  current: Snapshot;
}

/** Options of `createResolver`. */
export interface ResolverOptions {
  /** The alias to follow, as in `<alias>_v<N>`. */
  alias: string;
  /** Name or ARN of the control table. */
  controlTable: string;
  /**
   * Reads the control table. Resolvers with the same client and control table share one refresh. `stop()`
   * does not destroy it.
   */
  client: DynamoDBClient;
  /** Longest time between the starts of two reads, in milliseconds. 100 to 3 600 000; 5 000. */
  refreshMs?: number;
  /**
   * How long after the start of the last good read its value is still served while reads fail, in
   * milliseconds. From `refreshMs` to 604 800 000 (a week); 60 000, or twice `refreshMs` if greater.
   */
  maxStaleMs?: number;
  /** When one read, the SDK's own retries included, is given up. 50 to 60 000 ms; 3 000. */
  readTimeoutMs?: number;
  /**
   * How much earlier than `refreshMs` a background read may start, as a fraction of it; drawn at random for
   * each read. 0 to 0.5; 0.05.
   */
  jitter?: number;
  /**
   * Consistency of background reads. `"strong"` (default): a new version is served at most `refreshMs` plus
   * one read after the cut-over. `"eventual"`: at half the cost, usually a second later, since a read may
   * come from a replica that lags; at most `maxStaleMs` plus one read after it, while reads succeed. In both,
   * the version goes back only by a strong read, so a lagging replica never moves the reader back, and reads
   * that a caller waits for, such as `refresh()`, are strong.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
   */
  consistency?: "strong" | "eventual";
  /** Called after each change of the active version, but not for the first version read. */
  onChange?: (change: Change) => void;
  /** Called for every event, for counters and logs. */
  onEvent?: (event: ReaderEvent) => void;
}

/** Options with every default filled in. */
export interface Settings {
  alias: string;
  controlTable: string;
  client: DynamoDBClient;
  refreshMs: number;
  maxStaleMs: number;
  readTimeoutMs: number;
  jitter: number;
  consistency: "strong" | "eventual";
  onChange?: (change: Change) => void;
  onEvent?: (event: ReaderEvent) => void;
}

const knownOptions = [
  "alias",
  "controlTable",
  "client",
  "refreshMs",
  "maxStaleMs",
  "readTimeoutMs",
  "jitter",
  "consistency",
  "onChange",
  "onEvent",
] satisfies (keyof ResolverOptions)[];

const WEEK_MS = 604_800_000;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws SwapError `swap.alias-invalid`, `swap.input-invalid`
 */
export function settingsOf(options: ResolverOptions): Settings {
  assertFields("resolver options", options, knownOptions, "alias, controlTable, client");
  const { alias, controlTable, client, onChange, onEvent } = options;
  assertAlias(alias);
  assertTableNameOrArn(controlTable, alias);
  assertClientRelease(client);
  const refreshMs = numberBetween("refreshMs", options.refreshMs ?? 5_000, 100, 3_600_000);
  return {
    alias,
    controlTable,
    client,
    refreshMs,
    maxStaleMs: numberBetween(
      "maxStaleMs",
      options.maxStaleMs ?? Math.max(60_000, 2 * refreshMs),
      refreshMs,
      WEEK_MS,
    ),
    readTimeoutMs: numberBetween("readTimeoutMs", options.readTimeoutMs ?? 3_000, 50, 60_000),
    jitter: numberBetween("jitter", options.jitter ?? 0.05, 0, 0.5),
    consistency: oneOf("consistency", options.consistency ?? "strong", ["strong", "eventual"]),
    ...callback("onChange", onChange),
    ...callback("onEvent", onEvent),
  };
}

function assertTableNameOrArn(value: unknown, alias: string): void {
  if (typeof value !== "string" || !/^(arn:[^/]+:table\/)?[A-Za-z0-9_.-]{3,255}$/.test(value))
    throw inputError(
      "controlTable",
      value,
      "want the name or ARN of a DynamoDB table",
      "pass the ControlTable component's name output, or SWAP_CONTROL_TABLE",
    );
  if (value === alias)
    throw inputError(
      "controlTable",
      value,
      "it is the alias",
      "name the table that holds the pointers, which is no versioned table",
    );
}

function numberBetween(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number" || !(value >= least && value <= most))
    throw inputError(
      name,
      value,
      `want a number from ${least} to ${most}`,
      `pass a number within the bounds, or leave ${name} out`,
    );
  return value;
}

function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T))
    throw inputError(
      name,
      value,
      `want ${choices.map((each) => `"${each}"`).join(" or ")}`,
      `pass one of them, or leave ${name} out`,
    );
  return value as T;
}

function callback<K extends "onChange" | "onEvent">(
  name: K,
  value: Settings[K],
): Partial<Pick<Settings, K>> {
  if (value === undefined) return {};
  if (typeof value !== "function")
    throw inputError(name, value, "want a function", "pass a function, or leave it out");
  return { [name]: value } as Partial<Pick<Settings, K>>;
}
