import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Where the pointers live: a client and the name of the control table it reaches. */
export interface ControlTableRef {
  client: DynamoDBClient;
  controlTable: string;
}

/** A reference that also writes. */
export interface WritableControlTableRef extends ControlTableRef {
  /** Unix milliseconds stamped as `at`; default `Date.now`. Nothing is decided by it. */
  now?: () => number;
  /** A fresh, unique operation id; default `crypto.randomUUID`. */
  newOperation?: () => string;
}
