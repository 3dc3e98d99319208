import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** The version that asks to go live, and what is live now. */
export interface Candidate {
  client: DynamoDBClient;
  alias: string;
  version: number;
  /** The version's table. */
  table: string;
  /** The active version's table; absent at the first activation. */
  activeTable?: string;
}

/** What a gate found. */
export type Verdict =
  | { ready: true; note?: string }
  | {
      ready: false;
      /** The figures behind the refusal. */
      reason: string;
      /** What to do about it. */
      fix: string;
    };

/** One condition on which a version may go live. */
export interface Gate {
  name: string;
  /** An error thrown here is a refusal: gates fail closed. */
  check(candidate: Candidate, signal?: AbortSignal): Promise<Verdict>;
}
