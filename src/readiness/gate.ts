import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** The version that is to go live, and what is live now. */
export interface Candidate {
  client: DynamoDBClient;
  alias: string;
  version: number;
  /** The version's table. */
  table: string;
  /** The active version's table; absent at the first activation. */
  activeTable?: string;
  /** The active version. Default: the one that its table's name shows. */
  activeVersion?: number;
  /** False if the version's table was not just created: if it is not found, it is missing. */
  isNew?: boolean;
}

/** A gate's verdict. */
export type Verdict =
  | { ready: true; note?: string }
  | {
      ready: false;
      /** The figures behind the refusal. */
      reason: string;
      /** The fix. */
      fix: string;
      /** Not retried: only a change of the program or its options can help. */
      final?: boolean;
      /** The version's table was not found: retried while the table may be new, else final. */
      missing?: boolean;
    };

/** A condition for activating a version. */
export interface Gate {
  name: string;
  /** Pause between checks during a wait, in milliseconds; longer for an expensive gate. */
  pauseMs?: number;
  /** Checks the candidate. An error thrown here is a refusal: gates fail closed. */
  check(candidate: Candidate, signal?: AbortSignal): Promise<Verdict>;
}
