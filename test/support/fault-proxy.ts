import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of one request. */
export type Fault =
  | "pass"
  /** Gone before it reached DynamoDB. */
  | "lose request"
  /** DynamoDB has answered; the answer is gone. */
  | "lose response"
  /** 500 without asking DynamoDB. */
  | "fail"
  /** 500 although DynamoDB has done it. */
  | "fail after"
  | "throttle"
  | "deny"
  /** A failed condition without the item, as where the row changed back before it can be read. */
  | "fail condition"
  /** Lost to the client, yet it arrives: when {@link FaultProxy.deliver} is called. */
  | "late"
  /** Lost as the plain ones, but only once something else has happened. */
  | { loseRequestAfter: () => Promise<unknown> }
  | { loseResponseAfter: () => Promise<unknown> };

export interface FaultProxy {
  endpoint: string;
  /** The names of the requests that arrived, in order. */
  seen: string[];
  /** Faults for the next requests of an operation, in turn, then one for all that follow. */
  plan(operation: string, faults: readonly Fault[], then?: Fault): void;
  /** Delivers the late requests and tells the status that DynamoDB answered to each. */
  deliver(): Promise<number[]>;
  /** Forgets all plans and what was seen. */
  reset(): void;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** A proxy between the SDK and a DynamoDB that fails chosen requests in a chosen way. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const plans = new Map<string, { faults: Fault[]; then: Fault }>();
  const seen: string[] = [];
  const late: (() => Promise<Answer>)[] = [];

  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    seen.push(operation);
    const plan = plans.get(operation);
    const fault = plan?.faults.shift() ?? plan?.then ?? "pass";
    const forward = () => ask(upstream, incoming, body);
    try {
      await answer(fault, forward, outgoing);
    } catch {
      outgoing.destroy();
    }
  });

  async function answer(fault: Fault, forward: () => Promise<Answer>, outgoing: ServerResponse) {
    if (typeof fault === "object") {
      if ("loseResponseAfter" in fault) {
        await forward();
        await fault.loseResponseAfter();
      } else await fault.loseRequestAfter();
      outgoing.destroy();
      return;
    }
    switch (fault) {
      case "pass": {
        const { status, headers, body } = await forward();
        outgoing.writeHead(status, headers).end(body);
        return;
      }
      case "lose response":
        await forward();
        outgoing.destroy();
        return;
      case "lose request":
        outgoing.destroy();
        return;
      case "fail after":
        await forward();
        refuse(outgoing, 500, "InternalServerError", "The request could not be processed");
        return;
      case "fail":
        refuse(outgoing, 500, "InternalServerError", "The request could not be processed");
        return;
      case "throttle":
        refuse(outgoing, 400, "ThrottlingException", "Rate exceeded");
        return;
      case "deny":
        refuse(outgoing, 400, "AccessDeniedException", "User: test is not authorized to do this");
        return;
      case "fail condition":
        refuse(outgoing, 400, "ConditionalCheckFailedException", "The conditional request failed");
        return;
      case "late":
        late.push(forward);
        outgoing.destroy();
        return;
    }
  }

  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    plan: (operation, faults, then = "pass") => plans.set(operation, { faults: [...faults], then }),
    deliver: async () => {
      const statuses: number[] = [];
      for (const forward of late.splice(0)) statuses.push((await forward()).status);
      return statuses;
    },
    reset: () => {
      plans.clear();
      seen.length = 0;
      late.length = 0;
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function refuse(outgoing: ServerResponse, status: number, name: string, message: string) {
  outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  outgoing.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }));
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function ask(upstream: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: incoming.headers };
    const sent = request(new URL(incoming.url ?? "/", upstream), options, (answered) => {
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
