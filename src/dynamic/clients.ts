import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  type AwsSettings,
  type Connection,
  createClient,
  mergeSettings,
  type UnstoredSettings,
} from "../aws/connection";
import { isSwapError, type SwapError } from "../errors";
import { stableJson } from "./stable-json";

type Create = (connection: Connection, unstored: UnstoredSettings) => DynamoDBClient;

const NOTHING: AwsSettings = { connection: {}, unstored: {} };

/**
 * Cache of clients by connection. Settings that a resource omits come from the stack's `aws:`
 * configuration, then from the environment. Kept for the life of the provider process, so that resources
 * share connections and credentials.
 */
export class Clients {
  private readonly byConnection = new Map<string, DynamoDBClient>();
  private stack: AwsSettings | SwapError = NOTHING;

  constructor(
    private readonly create: Create = (connection, unstored) =>
      createClient(connection, {}, { unstored }),
  ) {}

  /** Sets the stack's settings, or the error that makes them unusable. */
  configure(stack: AwsSettings | SwapError): void {
    this.stack = stack;
  }

  /**
   * The client for a resource's connection.
   *
   * @throws SwapError `swap.input-invalid` for a field that breaks its rule, and for a stack's setting
   * that can't be followed
   */
  get(connection: Connection = {}): DynamoDBClient {
    if (isSwapError(this.stack) && connection.standalone !== true) throw this.stack;
    const stack = isSwapError(this.stack) ? NOTHING : this.stack;
    const { connection: merged, unstored } = mergeSettings(stack, connection);
    const key = stableJson([merged, unstored]);
    const known = this.byConnection.get(key);
    if (known) return known;
    const client = this.create(merged, unstored);
    this.byConnection.set(key, client);
    return client;
  }
}
