import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** A request on its way: its API name and its input, and how to have it answered. */
export interface Passing {
  action: string;
  input: Record<string, unknown>;
  go(): Promise<Record<string, unknown>>;
}

/** Puts `act` in the way of each request; what it answers is what the caller sees. */
export function interfere(
  client: DynamoDBClient,
  act: (passing: Passing) => Promise<Record<string, unknown>>,
): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const action = (context.commandName ?? "").replace(/Command$/, "");
      let response: unknown;
      const output = await act({
        action,
        input: args.input as Record<string, unknown>,
        async go() {
          const result = await next(args);
          response = result.response;
          return result.output as unknown as Record<string, unknown>;
        },
      });
      return { output: output as never, response };
    },
    { step: "initialize", name: "interfere" },
  );
}

/** Refuses one action as AWS refuses a caller without the permission. */
export function deny(client: DynamoDBClient, denied: string): void {
  interfere(client, async ({ action, go }) => {
    if (action !== denied) return go();
    throw Object.assign(new Error(`User: swap is not authorized to perform: dynamodb:${action}`), {
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 400 },
    });
  });
}

/** The requests made, as they happen. */
export function watch(
  client: DynamoDBClient,
): { action: string; input: Record<string, unknown> }[] {
  const seen: { action: string; input: Record<string, unknown> }[] = [];
  interfere(client, ({ action, input, go }) => {
    seen.push({ action, input });
    return go();
  });
  return seen;
}
