// A small query service that follows an alias: `node examples/reader/server.mjs`.
//
// Environment: SWAP_CONTROL_TABLE and SWAP_ALIAS, as the component's worker environment injects
// them; PORT (default: any free one) and SWAP_REFRESH_MS are optional. Region, credentials and
// endpoint come from the AWS SDK's own chain. It listens on loopback only.
//
//   GET /item?orderId=2026-00001   one item by its key (text attributes)
//   GET /items?limit=20&cursor=…   a page of items; the cursor stays on its version
//   GET /status                    the reader's gauges and counters
//   GET /healthz                   200 once the pointer is known
//
// Headers of an answer say which version it is of (x-swap-version) and when its request began
// (x-request-began, unix milliseconds by this machine's clock).
import { createServer } from "node:http";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createResolver } from "pulumi-swap/reader";
import { getItem, listItems } from "./queries.mjs";

const { SWAP_CONTROL_TABLE: controlTable, SWAP_ALIAS: alias, SWAP_REFRESH_MS, PORT } = process.env;

if (!controlTable || !alias) {
  console.error("set SWAP_CONTROL_TABLE and SWAP_ALIAS, as the component injects them");
  process.exit(2);
}

const client = new DynamoDBClient({});
const db = DynamoDBDocumentClient.from(client);
let longestReadMs = 0;
const resolver = createResolver({
  alias,
  controlTable,
  client,
  ...(SWAP_REFRESH_MS !== undefined && { refreshMs: Number(SWAP_REFRESH_MS) }),
  onChange: ({ previous, current }) =>
    console.error(`${alias}: version ${previous.version} -> ${current.version}`),
  onEvent: (event) => {
    if (event.kind === "refresh-failed") console.error(`${alias}: ${event.error.message}`);
    if (event.kind === "refreshed") longestReadMs = Math.max(longestReadMs, event.tookMs);
  },
});

const routes = {
  "/item": (query) => getItem({ db, resolver }, query),
  "/items": (query) => listItems({ db, resolver }, query),
  "/status": async () => {
    const { lastError, ...status } = resolver.status();
    const failure = lastError && { lastError: lastError.message };
    return { status: 200, body: { ...status, longestReadMs, ...failure } };
  },
  "/healthz": async () =>
    resolver.peek() === undefined
      ? { status: 503, body: { error: "the pointer has not been read yet" } }
      : { status: 200, body: { ok: true } },
};

async function answer({ url, method }) {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const route = method === "GET" ? routes[pathname] : undefined;
  if (route === undefined) return { status: 404, body: { error: `no ${method} ${pathname}` } };
  try {
    return await route(searchParams);
  } catch (error) {
    console.error(error);
    return { status: 502, body: { error: error.message } };
  }
}

const server = createServer(async (request, response) => {
  const began = Date.now();
  const { status, body } = await answer(request);
  const { version } = body;
  response.writeHead(status, {
    "content-type": "application/json",
    "x-request-began": String(began),
    ...(version !== undefined && { "x-swap-version": String(version) }),
  });
  response.end(`${JSON.stringify(body)}\n`);
});

// Resolved at the start: the first request does not wait, and a wrong name fails early.
try {
  const { version, table } = await resolver.resolve();
  console.error(`${alias}: version ${version}, table ${table}`);
} catch (error) {
  console.error(error.line ?? error.message);
  process.exit(1);
}

server.listen(Number(PORT ?? 0), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

// Requests in progress still use the resolver: stop it last.
const stop = () =>
  server.close(() => {
    resolver.stop();
    client.destroy();
  });
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
