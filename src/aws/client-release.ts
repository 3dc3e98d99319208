import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../errors";
import { formatType } from "../validation";

/**
 * The lowest release of @aws-sdk/client-dynamodb whose clients send this package's commands, which
 * are those of the release that it depends on. Tested as an application has it by
 * test/package/sdk-releases.test.ts.
 */
export const LOWEST_SDK = "3.928.0";

/** What is used of a client, whatever its release. */
interface AnyClient {
  send?: unknown;
  middlewareStack?: { clone?: unknown };
  config?: object;
}

const acceptedClients = new WeakSet<object>();

/**
 * Refuses a client that can't send this package's commands: one of another release of the SDK, whose
 * first request would fail deep inside it. The SDK itself is asked, by resolving a command on the
 * client, which sends nothing. A stand-in that has `send` and no middleware is a test's, and passes.
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
  return new SwapError("swap.input-invalid", { name: "client", value, rule, fix }, { cause });
}

/**
 * The release of the package that a client's class comes from, for the error's text. Unknown in a bundle,
 * and for a document client.
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
