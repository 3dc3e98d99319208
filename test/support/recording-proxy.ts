import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf, deny, forward } from "./forward";

/** A proxy before DynamoDB, and the services that a migration's functions use, that records what it is asked for. */
export interface RecordingProxy {
  endpoint: string;
  /** `<operation> <table>` of each call, or the end of another resource's ARN; `*` for a call that names none. */
  calls: Set<string>;
  /** Every request about items of a table, with the keys of the rows that it names. */
  requests: { operation: string; table: string; keys: string[] }[];
  /** Calls, as in `calls`, that are answered as IAM's refusals come. */
  refused: Set<string>;
  /** What a request waits for before it is passed on, by its operation. */
  before: ((operation: string) => Promise<unknown> | undefined) | undefined;
  stop(): Promise<void>;
}

/** Starts it before an endpoint, which may be known later; answers are passed on as they are. */
export async function recordingProxy(upstream: string | (() => string)): Promise<RecordingProxy> {
  const calls = new Set<string>();
  const requests: RecordingProxy["requests"] = [];
  const refused = new Set<string>();
  const hooks: Pick<RecordingProxy, "before"> = { before: undefined };
  /** The stream of each iterator, which says nothing of it. */
  const iterators = new Map<string, string>();
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const mapping = MAPPING.exec(incoming.url ?? "")?.[1];
    const operation = mapping
      ? "UpdateEventSourceMapping"
      : (String(incoming.headers["x-amz-target"]).split(".")[1] ?? "");
    const parsed: Body = JSON.parse(body);
    const iterated = iterators.get(parsed.ShardIterator ?? "");
    const tables = mapping ? [mapping] : iterated ? [iterated] : tablesOf(parsed);
    for (const table of tables) {
      calls.add(`${operation} ${table}`);
      const asked = parsed.RequestItems?.[table]?.Keys ?? (parsed.Key ? [parsed.Key] : []);
      requests.push({ operation, table, keys: asked.flatMap(({ pk }) => pk?.S ?? []) });
    }
    if (tables.some((table) => refused.has(`${operation} ${table}`)))
      return deny(outgoing, operation);
    await hooks.before?.(operation);
    const at = typeof upstream === "string" ? upstream : upstream();
    if (!/^Get(ShardIterator|Records)$/.test(operation))
      return forward(at, incoming, body, outgoing);
    return forward(at, incoming, body, outgoing, (answer) => {
      const { ShardIterator, NextShardIterator } = JSON.parse(answer);
      for (const each of [ShardIterator, NextShardIterator])
        if (each) iterators.set(each, tables[0] as string);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return Object.assign(hooks, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    requests,
    refused,
    stop: () =>
      new Promise<void>((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  });
}

/** Lambda's path of an event source mapping. */
const MAPPING = /\/event-source-mappings\/([\w-]+)/;

type Key = Record<string, { S?: string }>;

interface Body {
  TableName?: string;
  ResourceArn?: string;
  StreamArn?: string;
  ShardIterator?: string;
  stateMachineArn?: string;
  executionArn?: string;
  Key?: Key;
  RequestItems?: Record<string, { Keys?: Key[] }>;
}

function tablesOf(body: Body): string[] {
  const { TableName, ResourceArn, StreamArn, RequestItems, stateMachineArn, executionArn } = body;
  const name = TableName ?? ResourceArn ?? StreamArn ?? stateMachineArn ?? executionArn;
  // A table may be named by its ARN.
  if (name !== undefined) return [name.replace(/^.*:(table\/|stateMachine:|execution:)/, "")];
  return RequestItems === undefined ? ["*"] : Object.keys(RequestItems);
}
