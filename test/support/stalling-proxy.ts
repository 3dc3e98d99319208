import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf } from "./forward";

/** How the body of a response comes: whole, not at all after its first byte, or byte by byte. */
export type Pace = "whole" | "stalls" | "trickles" | "no headers";

/** A proxy before DynamoDB that lets requests through, and holds their responses up. */
export interface StallingProxy {
  endpoint: string;
  /** The pace of the responses to come, the first request's first; then "whole". */
  paces: Pace[];
  /** The pace once `paces` is used up. */
  pace: Pace;
  /** Responses, made already, wait for it. */
  until: Promise<void> | undefined;
  /** Operations asked for, in their order. */
  asked: string[];
  /** Responses that were begun and not ended, whose connection the client still holds. */
  held(): number;
  stop(): Promise<void>;
}

/** Between two bytes of a response that trickles, in milliseconds. */
const TRICKLE_MS = 20;

export async function stallingProxy(upstream: string): Promise<StallingProxy> {
  const open = new Set<ServerResponse>();
  const state = {
    paces: [] as Pace[],
    pace: "whole" as Pace,
    until: undefined as Promise<void> | undefined,
    asked: [] as string[],
    held: () => open.size,
  };
  const server = createServer(async (incoming, out) => {
    const body = await bodyOf(incoming);
    state.asked.push(String(incoming.headers["x-amz-target"]).split(".")[1] ?? "");
    const pace = state.paces.shift() ?? state.pace;
    open.add(out);
    out.on("close", () => open.delete(out));
    const sent = request(
      upstream,
      // A connection that is kept may be closed by the other side just as it is used again.
      { method: "POST", headers: incoming.headers, agent: false },
      async (answer) => {
        const whole = Buffer.from(await bodyOf(answer));
        if (pace === "no headers") return;
        await state.until;
        // The length and the checksum are of a body that never ends, so that each byte keeps it alive.
        const headers = { "content-type": answer.headers["content-type"] };
        out.writeHead(answer.statusCode ?? 500, headers);
        if (pace === "whole") return void out.end(whole);
        out.write(whole.subarray(0, 1));
        if (pace === "stalls") return;
        const trickle = setInterval(() => out.write(" "), TRICKLE_MS);
        out.on("close", () => clearInterval(trickle));
      },
    );
    sent.on("error", () => out.destroy());
    sent.end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  });
}
