import { Agent, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, type FaultName, faults, show } from "./fault";

/** A request that has come to the proxy. */
export interface Request {
  /** Who made it: the path of the endpoint that {@link FaultProxy.endpointOf} gave out. */
  actor: string;
  /** Such as `UpdateItem`. */
  operation: string;
  body: string;
}

/** What is to become of one request. */
export interface Verdict {
  fault: FaultName;
  /** Awaited once DynamoDB has got the request, or would have, before the client hears of it. */
  beforeAnswer?(answer: Answer | undefined): Promise<unknown>;
  /** Takes a request that is to arrive late; calling what it is given delivers it. */
  late?(deliver: () => Promise<Answer>): void;
}

export interface FaultProxy {
  /** The endpoint that an actor's client is to use; its name is of `a-z A-Z 0-9 _ -`. */
  endpointOf(actor: string): string;
  stop(): Promise<void>;
}

/**
 * A proxy between the SDK and a DynamoDB. Who judges may take its time: a request waits for it.
 *
 * @param failed called for a failure that is no fault of the plan: of DynamoDB itself, or of `judge`
 */
export async function startFaultProxy(
  upstream: string,
  judge: (request: Request) => Verdict | Promise<Verdict>,
  failed: (error: unknown) => void,
): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await bodyOf(incoming);
      const forward = () => ask(upstream, agent, incoming, body);
      const verdict = await judge({
        actor: (incoming.url ?? "").split("/")[1] ?? "",
        operation: String(incoming.headers["x-amz-target"]).split(".")[1] ?? "",
        body: body.toString("utf8"),
      });
      const { arrives } = faults[verdict.fault];
      if (arrives === "late") verdict.late?.(forward);
      const answer = arrives === "now" ? await forward() : undefined;
      await verdict.beforeAnswer?.(answer);
      show(verdict.fault, answer, outgoing);
    } catch (error) {
      outgoing.destroy();
      failed(error);
    }
  });
  // A connection that is closed for being idle would be a fault that no plan holds.
  server.keepAliveTimeout = 0;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    endpointOf: (actor) => `http://127.0.0.1:${port}/${actor}`,
    stop: () =>
      new Promise((done) => {
        agent.destroy();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function ask(
  upstream: string,
  agent: Agent,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: incoming.headers, agent };
    const sent = request(new URL("/", upstream), options, (answered) => {
      bodyOf(answered).then(
        (whole) =>
          resolve({ status: answered.statusCode ?? 500, headers: answered.headers, body: whole }),
        reject,
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
