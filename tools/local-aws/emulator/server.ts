import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Engine } from "./engine";
import { DynamoDBFailure, UpstreamFailure, unknownOperation } from "./failure";
import { readBody, sendJson } from "./http";
import { isJson } from "./json";
import { ownOperations } from "./operations";
import type { Emulator, RequestContext } from "./request-context";
import type { MetadataStore } from "./table-metadata";
import type { Upstream } from "./upstream";

/** A DynamoDB endpoint on this machine. */
export interface LocalDynamoDB {
  /** e.g. `http://127.0.0.1:8000` */
  endpoint: string;
  port: number;
  /** Closes every connection; resolves when the port is free. */
  stop(): Promise<void>;
}

/** Serves an emulator on 127.0.0.1; port 0 takes any free one. */
export async function serve(
  engine: Engine,
  upstream: Upstream,
  metadata: MetadataStore,
  port: number,
): Promise<LocalDynamoDB> {
  const background = new Set<Promise<void>>();
  const emulator: Emulator = {
    engine,
    metadata,
    now: Date.now,
    runInBackground(work) {
      background.add(work);
      void work.finally(() => background.delete(work));
    },
  };
  const answer = answerer(emulator, upstream);
  const server = createServer((asked, response) => {
    answer(asked, response).catch((error: unknown) => {
      const failure = failureOf(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, failure.status, failure.body());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(cannotListen(port, cause)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    port: bound,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      upstream.close();
      await Promise.all(background);
    },
  };
}

/**
 * Bodies are read whole before anything is passed on: a client that goes away in the middle of a
 * request would otherwise take dynalite's process down with it.
 */
function answerer(emulator: Emulator, upstream: Upstream) {
  const own = ownOperations(emulator.engine);
  let changes: Promise<unknown> = Promise.resolve();
  return async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(asked);
    const [service, operation = ""] = String(asked.headers["x-amz-target"] ?? "").split(".");
    const serve = service === "DynamoDB_20120810" ? own.get(operation) : undefined;
    if (serve === undefined) {
      if (asked.method === "POST") refuseUnserved(emulator.engine, service, operation);
      return upstream.forward(asked, body, response);
    }
    const context: RequestContext = {
      input: parsed(body),
      region: signedRegion(asked.headers.authorization),
      call: (name, input) => upstream.call(name, input, asked.headers),
    };
    const isRead = operation.startsWith("Describe") || operation.startsWith("List");
    // One change at a time, so that none works on a description that another is changing.
    const result = isRead ? serve(context, emulator) : changes.then(() => serve(context, emulator));
    if (!isRead) changes = result.catch(() => undefined);
    sendJson(response, 200, JSON.stringify(await result));
  };
}

function refuseUnserved(engine: Engine, service: string | undefined, operation: string): void {
  if (engine.operations === undefined || engine.operations.has(operation)) return;
  if (service?.startsWith("DynamoDBStreams")) {
    throw unknownOperation(`${engine.name} describes streams but keeps no stream records: use AWS`);
  }
  throw unknownOperation(
    `${engine.name} does not serve ${operation || "a request without X-Amz-Target"}: use DynamoDB Local or AWS`,
  );
}

/** The Region in the credential scope of a Signature Version 4 header. */
function signedRegion(authorization = ""): string {
  return /Credential=[^/,]+\/\d+\/([a-z0-9-]+)\//.exec(authorization)?.[1] ?? "us-east-1";
}

function parsed(body: Buffer): RequestContext["input"] {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (isJson(value)) return value;
  } catch {}
  throw new DynamoDBFailure("SerializationException", "the request body is not a JSON object");
}

function failureOf(error: unknown): DynamoDBFailure | UpstreamFailure {
  if (error instanceof DynamoDBFailure || error instanceof UpstreamFailure) return error;
  return new DynamoDBFailure("InternalServerError", (error as Error).message, 500);
}

function cannotListen(port: number, cause: NodeJS.ErrnoException): Error {
  if (cause.code === "EADDRINUSE") {
    return new Error(`port ${port} of 127.0.0.1 is taken: choose another, or 0 for any free one`);
  }
  return new Error(`cannot listen on 127.0.0.1:${port}: ${cause.message}`);
}
