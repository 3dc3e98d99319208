import { DYNAMODB_LOCAL } from "./front/engine";
import { Notebook } from "./front/notes";
import { type LocalDynamoDB, serve } from "./front/server";
import { Upstream } from "./front/upstream";
import { loopback } from "./loopback";

/** What to put a front before, and where. */
export interface FrontOptions {
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
 * The additions last as long as the front does.
 */
export async function startDynamoDBFront(options: FrontOptions): Promise<LocalDynamoDB> {
  const upstream = new Upstream(loopback(options.upstream, "upstream"));
  return serve(DYNAMODB_LOCAL, upstream, new Notebook(), options.port ?? 0);
}

export type { LocalDynamoDB };
