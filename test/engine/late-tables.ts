import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf, forward } from "../support/forward";

/** A proxy before DynamoDB to which each table is new: its first requests do not find it. */
export interface LateTables {
  endpoint: string;
  /** How often each table was not found. */
  missed: Map<string, number>;
  stop(): Promise<void>;
}

/** @param times how many requests about each table are answered so */
export async function lateTables(upstream: string, times: number): Promise<LateTables> {
  const missed = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const { TableName } = JSON.parse(body) as { TableName?: string };
    const before = missed.get(TableName ?? "") ?? 0;
    if (TableName === undefined || before === times)
      return forward(upstream, incoming, body, outgoing);
    missed.set(TableName, before + 1);
    outgoing.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
    outgoing.end(
      JSON.stringify({
        __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        message: "Requested resource not found",
      }),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    missed,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
