import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";

/** How requests of a migration are sent, and the signal that ends them. */
export interface Requests {
  client: DynamoDBClient;
  signal?: AbortSignal | undefined;
}

/**
 * Sends one request about a table.
 *
 * @param action API name, such as `Scan`
 * @throws SwapError; the signal's reason if it ended the request
 */
export async function sendRequest<O>(
  { client, signal }: Requests,
  table: string,
  action: string,
  command: Parameters<typeof send<O>>[1],
): Promise<O> {
  signal?.throwIfAborted();
  try {
    return await send(client, command, signal, "migration");
  } catch (error) {
    signal?.throwIfAborted();
    throw await fromAws(error, { client, action, table });
  }
}
