import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Connection, createClient } from "../aws/connection";
import { stableJson } from "./stable-json";

/** The stack's AWS configuration, as far as it tells how to reach DynamoDB. */
export type StackConnection = Pick<Connection, "region" | "profile" | "endpoint">;

/**
 * Clients by connection. What the resource leaves out comes from the stack's `aws:` configuration,
 * then from the SDK's own chain. Kept for the life of the provider process, so that many resources
 * share connections and credentials.
 */
export class Clients {
  private readonly byConnection = new Map<string, DynamoDBClient>();
  private stack: StackConnection = {};

  constructor(private readonly create: (connection: Connection) => DynamoDBClient = createClient) {}

  /** Takes the stack's defaults; a profile of the stack yields to a role or profile named here. */
  configure(stack: StackConnection): void {
    this.stack = stack;
  }

  get(connection: Connection = {}): DynamoDBClient {
    const merged = { ...this.stack, ...connection };
    const key = stableJson(merged);
    const known = this.byConnection.get(key);
    if (known) return known;
    const client = this.create(merged);
    this.byConnection.set(key, client);
    return client;
  }
}

/** Reads `aws:region`, `aws:profile` and the DynamoDB entry of `aws:endpoints`. */
export function stackConnection(get: (key: string) => string | undefined): StackConnection {
  const region = get("aws:region");
  const profile = get("aws:profile");
  const endpoint = dynamodbEndpoint(get("aws:endpoints"));
  return {
    ...(region && { region }),
    ...(profile && { profile }),
    ...(endpoint && { endpoint }),
  };
}

function dynamodbEndpoint(json: string | undefined): string | undefined {
  if (!json) return undefined;
  try {
    const parsed: unknown = JSON.parse(json);
    const list = Array.isArray(parsed) ? parsed : [parsed];
    const found = list.find((each) => typeof each?.dynamodb === "string");
    return found?.dynamodb;
  } catch {
    return undefined;
  }
}
