import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server that stands where DynamoDB should. */
export interface FakeEndpoint {
  url: string;
  stop(): Promise<void>;
}

export async function startFake(
  handle: (request: IncomingMessage, response: ServerResponse, operation: string) => void,
): Promise<FakeEndpoint> {
  const server = createServer((request, response) => {
    const target = String(request.headers["x-amz-target"] ?? "");
    handle(request, response, target.slice(target.indexOf(".") + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
