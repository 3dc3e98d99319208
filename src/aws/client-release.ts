import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { SwapError } from "../errors";
import { readError } from "../errors/read";
import { formatType } from "../validation";

/**
 * The lowest release of @aws-sdk/client-dynamodb whose clients can send the commands of the release that
 * this package depends on. Tested by test/package/sdk-releases.test.ts.
 */
export const LOWEST_SDK = "3.928.0";

/** The parts of a client that we use, in any release. */
interface AnyClient {
  send?: unknown;
  middlewareStack?: { clone?: unknown };
  config?: object;
}

const acceptedClients = new WeakSet<object>();

/** Spares a client of this package's own SDK release the check of {@link assertClientRelease}. */
export function acceptClient(client: object): void {
  acceptedClients.add(client);
}

/**
 * Refuses a client of an SDK release that can't send this package's commands: its first request would fail
 * deep inside the SDK. The check resolves a command on the client, which sends nothing. A test double with
 * `send` and no middleware passes.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function assertClientRelease(client: object): void {
  if (client !== null && acceptedClients.has(client)) return;
  const { send, middlewareStack, config } = (client ?? {}) as AnyClient;
  if (typeof send !== "function")
    throw clientError(formatType(client), "want a DynamoDBClient", "pass new DynamoDBClient({})");
  if (typeof middlewareStack?.clone === "function" && config !== undefined)
    try {
      new GetItemCommand({ TableName: "probe", Key: {} }).resolveMiddleware(
        middlewareStack as never,
        config as never,
        undefined,
      );
    } catch (cause) {
      throw clientError(
        `of @aws-sdk/client-dynamodb ${releaseOf(client) ?? "(unknown release)"}`,
        `its release can't send the commands of this package, which need ${LOWEST_SDK} or newer`,
        `npm install @aws-sdk/client-dynamodb@^${LOWEST_SDK}`,
        cause,
      );
    }
  acceptedClients.add(client);
}

function clientError(value: string, rule: string, fix: string, cause?: unknown): SwapError {
  return readError("swap.input-invalid", { name: "client", value, rule, fix }, { cause });
}

/**
 * The SDK release of a client's class, for the error message. Unknown in a bundle and for a document
 * client.
 */
function releaseOf(client: object): string | undefined {
  const { cache = {} } = createRequire(join(process.cwd(), "/"));
  for (const loaded of Object.values(cache)) {
    const folder = /^.*[\\/]@aws-sdk[\\/]client-dynamodb[\\/]/.exec(loaded?.filename ?? "")?.[0];
    if (folder === undefined) continue;
    const made = loaded?.exports?.DynamoDBClient;
    if (typeof made !== "function" || !(client instanceof made)) continue;
    try {
      return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
