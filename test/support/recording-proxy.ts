import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf, deny, forward } from "./forward";

/** A proxy before DynamoDB that records what it is asked for. */
export interface RecordingProxy {
  endpoint: string;
  /** `<operation> <table>` of each call; `*` for a call that names no table. */
  calls: Set<string>;
  /** Every request about items of a table, with the keys of the rows that it names. */
  requests: { operation: string; table: string; keys: string[] }[];
  /** Calls, as in `calls`, that are answered as IAM's refusals come. */
  refused: Set<string>;
  stop(): Promise<void>;
}

/** Starts it before an endpoint; answers are passed on as they are. */
export async function recordingProxy(upstream: string): Promise<RecordingProxy> {
  const calls = new Set<string>();
  const requests: RecordingProxy["requests"] = [];
  const refused = new Set<string>();
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    const parsed: Body = JSON.parse(body);
    const tables = tablesOf(parsed);
    for (const table of tables) {
      calls.add(`${operation} ${table}`);
      const asked = parsed.RequestItems?.[table]?.Keys ?? (parsed.Key ? [parsed.Key] : []);
      requests.push({ operation, table, keys: asked.flatMap(({ pk }) => pk?.S ?? []) });
    }
    if (tables.some((table) => refused.has(`${operation} ${table}`)))
      return deny(outgoing, operation);
    forward(upstream, incoming, body, outgoing);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    requests,
    refused,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

type Key = Record<string, { S?: string }>;

interface Body {
  TableName?: string;
  ResourceArn?: string;
  Key?: Key;
  RequestItems?: Record<string, { Keys?: Key[] }>;
}

function tablesOf({ TableName, ResourceArn, RequestItems }: Body): string[] {
  const name = TableName ?? ResourceArn;
  // A table may be named by its ARN.
  if (name !== undefined) return [name.replace(/^.*:table\//, "")];
  return RequestItems === undefined ? ["*"] : Object.keys(RequestItems);
}
