import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy before DynamoDB that can hold chosen requests back until they are let through. */
export interface HoldProxy {
  endpoint: string;
  /** Resolves when `count` requests of the operation on the table are being held. */
  held(count: number): Promise<void>;
  /** Lets what is held go on, and all that comes later. */
  letGo(): void;
  stop(): Promise<void>;
}

/** Holds each request of `operation` whose body names `table`. */
export async function holdProxy(
  upstream: string,
  operation: string,
  table: string,
): Promise<HoldProxy> {
  const waiting: (() => void)[] = [];
  const watchers: { count: number; tell: () => void }[] = [];
  let holding = true;
  const server = createServer(async (incoming, outgoing) => {
    const body = await read(incoming);
    const target = String(incoming.headers["x-amz-target"]).split(".")[1];
    if (holding && target === operation && body.includes(`"${table}"`))
      await new Promise<void>((go) => {
        waiting.push(go);
        for (const { count, tell } of watchers) if (waiting.length >= count) tell();
      });
    forward(upstream, incoming, body, outgoing);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: (count) =>
      new Promise((tell) => {
        if (waiting.length >= count) tell();
        else watchers.push({ count, tell });
      }),
    letGo: () => {
      holding = false;
      for (const go of waiting.splice(0)) go();
    },
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function forward(upstream: string, incoming: IncomingMessage, body: string, out: ServerResponse) {
  const sent = request(
    new URL(incoming.url ?? "/", upstream),
    { method: "POST", headers: incoming.headers },
    (answer) => {
      out.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(out);
    },
  );
  sent.on("error", () => out.destroy());
  sent.end(body);
}
