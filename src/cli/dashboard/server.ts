import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { pause } from "../poll";
import { usageError } from "../usage";
import { type ChangesJson, changesOf } from "./changes";
import type { DashboardJson } from "./dashboard-json";
import { contentPolicy, pageWith } from "./page-file";

/** How the page is served. */
export interface DashboardOptions {
  host: string;
  /** 0 for any free port. */
  port: number;
  /** Wanted of every request; undefined only on loopback. */
  token: string | undefined;
  /** The page, with a place for the facts. */
  page: string;
  /** Pause between two looks, in milliseconds. */
  intervalMs: number;
  /** Reads the facts; its failures are part of them. */
  look: () => Promise<DashboardJson>;
}

/** A server that runs. */
export interface Dashboard {
  url: string;
  close(): Promise<void>;
}

/** Pages that may be open at a time. */
const MAX_CLIENTS = 32;

/** Whether a host name or address is this machine only. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

/**
 * Serves the page, and the facts by server-sent events, read-only. While no page is open it reads nothing.
 *
 * A page of another site can't read it: names in `Host` are those it was started with (DNS rebinding), an `Origin` has to
 * be its own, and answers are not shared; nor can it start a look, as a browser says in `Sec-Fetch-Site` where a request
 * comes from. Where any address is listened on, the token is what protects it.
 *
 * @throws SwapError `swap.input-invalid` if the address can't be listened on
 */
export async function serveDashboard(options: DashboardOptions): Promise<Dashboard> {
  /** Each with the facts that it has. */
  const clients = new Map<ServerResponse, DashboardJson | undefined>();
  let looking = false;
  let closed = false;

  const keepLooking = async () => {
    if (looking) return;
    looking = true;
    while (clients.size > 0 && !closed) {
      const facts = await options.look();
      const events = new Map<DashboardJson | undefined, string>();
      for (const [client, has] of clients) {
        // A slow reader gets fewer events, each with all that has changed since its last one.
        if (client.writableLength > 0) continue;
        const event = events.get(has) ?? eventOf(changesOf(facts, has, options.intervalMs));
        events.set(has, event);
        client.write(event);
        clients.set(client, facts);
      }
      await pause(options.intervalMs);
    }
    looking = false;
  };

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const { url = "/" } = request;
    if (!URL.canParse(url, "http://page")) return end(response, 400, "this is no address\n");
    const { pathname, searchParams } = new URL(url, "http://page");
    const given = searchParams.get("token");
    const refusal = httpRefusal(request, given, options, port(server));
    if (refusal) return end(response, ...refusal);
    if (options.token !== undefined && given !== null) {
      // The token leaves the address, and with it the browser's history and what people copy.
      response.setHeader("set-cookie", cookieOf(options, port(server)));
      response.setHeader("location", pathname);
      return end(response, 303, "");
    }
    if (pathname === "/") {
      response.setHeader("content-security-policy", contentPolicy(options.page));
      return end(response, 200, pageWith(options.page, "live", null), "text/html; charset=utf-8");
    }
    if (pathname !== "/events") return end(response, 404, "no such page\n");
    if (clients.size >= MAX_CLIENTS) return end(response, 503, "too many pages are open\n");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 2000\n\n");
    clients.set(response, undefined);
    response.on("close", () => clients.delete(response));
    void keepLooking();
  });
  await listen(server, options);
  return {
    url: `http://${isIP(options.host) === 6 ? `[${options.host}]` : options.host}:${port(server)}/`,
    close: () => {
      closed = true;
      for (const client of clients.keys()) client.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const eventOf = (changes: ChangesJson) => `data: ${JSON.stringify(changes)}\n\n`;

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

type HttpRefusal = [status: number, text: string];

/** Why a request is not answered; undefined if it is. */
function httpRefusal(
  { method, headers, url }: IncomingMessage,
  given: string | null,
  { host, token }: DashboardOptions,
  port: number,
): HttpRefusal | undefined {
  if (method !== "GET") return [405, "only GET is answered\n"];
  if (!isOwnName(headers.host, host, port)) return [421, "this is not the name of this server\n"];
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    return [403, "another origin may not read this\n"];
  const from = String(headers["sec-fetch-site"] ?? "none");
  const isLink = headers["sec-fetch-mode"] === "navigate" && /^\/(\?|$)/.test(url ?? "");
  if (from !== "none" && from !== "same-origin" && !isLink)
    return [403, "a page of another site may not ask for this\n"];
  if (token === undefined) return undefined;
  const cookie = new RegExp(`(?:^|;\\s*)${cookieName(port)}=([^;]*)`).exec(headers.cookie ?? "");
  const isGiven = given !== null && isSame(given, token);
  const isKept = cookie?.[1] !== undefined && isSame(cookie[1], tokenDigest(token).toString("hex"));
  return isGiven || isKept
    ? undefined
    : [401, "open the address with ?token=TOKEN, as swap dashboard was started with it\n"];
}

function isOwnName(name: string | undefined, host: string, port: number): boolean {
  if (name === undefined) return false;
  if (host === "0.0.0.0" || host === "::") return true;
  const own = isLoopback(host) ? ["localhost", "127.0.0.1", "[::1]", host] : [host, `[${host}]`];
  return own.some((each) => name === `${each}:${port}` || (port === 80 && name === each));
}

const tokenDigest = (text: string) => createHash("sha256").update(text).digest();

/** Compares in a time that says nothing of where the texts differ. */
const isSame = (a: string, b: string) => timingSafeEqual(tokenDigest(a), tokenDigest(b));

/** Cookies are shared by the ports of a host. */
const cookieName = (port: number) => `swap-${port}`;

const cookieOf = ({ token = "" }: DashboardOptions, port: number) =>
  `${cookieName(port)}=${tokenDigest(token).toString("hex")}; HttpOnly; SameSite=Lax; Path=/`;

function end(response: ServerResponse, status: number, text: string, type = "text/plain") {
  if (status === 405) response.setHeader("allow", "GET");
  response.writeHead(status, { "content-type": type });
  response.end(text);
}

const port = (server: Server): number => (server.address() as { port: number } | null)?.port ?? 0;

function listen(server: Server, { host, port }: DashboardOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE" || error.code === "EACCES";
      reject(
        inUse
          ? usageError(
              "flag --port",
              String(port),
              error.code === "EACCES" ? "it may not be listened on" : "it is in use",
              "pass another one, or --port 0 for any that is free",
            )
          : usageError(
              "flag --host",
              host,
              "it is no address of this machine",
              "pass one of its addresses, or leave it out",
            ),
      );
    });
    server.listen(port, host);
  });
}
