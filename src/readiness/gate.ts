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
  /** False where the version's table was not made a moment ago: one that is not found is missing then. */
  isNew?: boolean;
}

/** A gate's verdict. */
export type Verdict =
  | { ready: true; note?: string }
  | {
      ready: false;
      /** The figures behind the refusal. */
      reason: string;
      /** What to do about it. */
      fix: string;
      /** Waiting can't help, only a change of the program or its options: it is not asked again. */
      final?: boolean;
      /** The version's table was not found: waited for while it may be new, else as if final. */
      missing?: boolean;
    };

/** One condition on which a version may go live. */
export interface Gate {
  name: string;
  /** Pause before it is asked again while waited for, in milliseconds: longer for a costly one. */
  pauseMs?: number;
  /** An error thrown here is a refusal: gates fail closed. */
  check(candidate: Candidate, signal?: AbortSignal): Promise<Verdict>;
}
