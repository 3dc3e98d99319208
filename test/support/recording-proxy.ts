import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

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
    const body = await read(incoming);
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    for (const table of tablesOf(JSON.parse(body))) calls.add(`${operation} ${table}`);
    const sent = request(
      new URL(incoming.url ?? "/", upstream),
      { method: "POST", headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    sent.on("error", () => outgoing.destroy());
    sent.end(body);
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

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
