import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf, forward } from "./forward";

/** A proxy before DynamoDB that records what it is asked for. */
export interface RecordingProxy {
  endpoint: string;
  /** `<operation> <table>` of each call; `*` for a call that names no table. */
  calls: Set<string>;
  stop(): Promise<void>;
}

/** Starts it before an endpoint; answers are passed on as they are. */
export async function recordingProxy(upstream: string): Promise<RecordingProxy> {
  const calls = new Set<string>();
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    for (const table of tablesOf(JSON.parse(body))) calls.add(`${operation} ${table}`);
    forward(upstream, incoming, body, outgoing);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

interface Body {
  TableName?: string;
  ResourceArn?: string;
  RequestItems?: Record<string, unknown>;
}

function tablesOf({ TableName, ResourceArn, RequestItems }: Body): string[] {
  const name = TableName ?? ResourceArn;
  // A table may be named by its ARN.
  if (name !== undefined) return [name.replace(/^.*:table\//, "")];
  return RequestItems === undefined ? ["*"] : Object.keys(RequestItems);
}
