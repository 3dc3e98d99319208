import { DYNAMODB_LOCAL } from "./emulator/engine";
import { type LocalDynamoDB, serve } from "./emulator/server";
import { MetadataStore } from "./emulator/table-metadata";
import { Upstream } from "./emulator/upstream";
import { loopback } from "./loopback";

/** The upstream of an emulator, and its port. */
export interface EmulatorOptions {
  /** Endpoint of a running DynamoDB Local, on this machine. */
  upstream: string;
  /** Port to listen on; 0, the default, takes any free one. */
  port?: number;
}

/**
 * A DynamoDB endpoint in front of a running DynamoDB Local, which adds what that lacks: tags,
 * point-in-time recovery (the setting, and restores to the latest moment) and table classes; a
 * setting it cannot honour is refused in DynamoDB's own error JSON. All else passes through.
 *
 * The additions last as long as the emulator does.
 */
export async function startDynamoDBEmulator(options: EmulatorOptions): Promise<LocalDynamoDB> {
  const upstream = new Upstream(loopback(options.upstream, "upstream"));
  return serve(DYNAMODB_LOCAL, upstream, new MetadataStore(), options.port ?? 0);
}

export type { LocalDynamoDB };
