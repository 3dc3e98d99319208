import { request } from "node:http";
import { deny } from "../support/forward";
import { type FakeEndpoint, startFake } from "./fake-endpoint";

/** A proxy before DynamoDB that decides by operation, as IAM does. */
export interface IamProxy extends FakeEndpoint {
  /** Operations that were asked for, in their order. */
  asked: string[];
  /** Answer every request with a server fault. */
  broken: boolean;
  /** Refuse every operation from now on. */
  refuse(): void;
  /** Milliseconds by which each request is held up. */
  slow: number;
  /** Throttle this many requests. */
  throttled: number;
  /** The operation whose requests are never answered. */
  hanging: string;
}

/**
 * @param allowed the operations let through
 * @param rewrite changes the body of an answer
 */
export async function startProxy(
  upstream: string,
  allowed: ReadonlySet<string>,
  rewrite: (operation: string, body: string) => string = (_operation, body) => body,
): Promise<IamProxy> {
  const asked: string[] = [];
  const permitted = new Set(allowed);
  const state = {
    broken: false,
    slow: 0,
    throttled: 0,
    hanging: "",
    refuse: () => permitted.clear(),
  };
  const fake = await startFake((incoming, response, operation) => {
    asked.push(operation);
    if (state.hanging === operation) return;
    if (state.broken) {
      response.writeHead(500, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ __type: "InternalServerError", message: "a bad moment" }));
      return;
    }
    if (state.throttled > 0) {
      state.throttled -= 1;
      response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" }));
      return;
    }
    if (!permitted.has(operation)) return deny(response, operation);
    const { host: _host, ...headers } = incoming.headers;
    // A connection that is kept may be closed by the other side just as it is used again.
    const onward = request(upstream, { method: "POST", headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () => {
        response.writeHead(answer.statusCode ?? 500, {
          "content-type": "application/x-amz-json-1.0",
        });
        response.end(rewrite(operation, Buffer.concat(parts).toString("utf8")));
      });
    });
    onward.on("error", () => response.destroy());
    setTimeout(() => incoming.pipe(onward), state.slow);
  });
  return Object.assign(state, { ...fake, asked });
}
