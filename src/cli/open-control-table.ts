import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { ControlTableRef } from "../pointer";
import { defined, endpointProblem, formatValue } from "../validation";
import type { ConnectionFlags } from "./flags";
import { usageError } from "./usage";

/** Time-out of one attempt of a request, in milliseconds; short, since a person is waiting. */
const TIMEOUT_MS = 5_000;

/**
 * Opens the connection that the flags describe: a client and the control table.
 *
 * @param warn gets the SDK's warnings, which it would print itself
 * @throws SwapError `swap.input-invalid`
 */
export function openControlTable(
  flags: ConnectionFlags,
  warn: (text: string) => void,
): ControlTableRef {
  const controlTable = controlTableFromFlags(flags);
  checkConnectionSettings(flags, process.env);
  return { client: openClient(flags, warn), controlTable };
}

/**
 * The control table from the flag, else from its environment variable.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function controlTableFromFlags(flags: ConnectionFlags): string {
  const name = flags["control-table"];
  const fix = "pass --control-table NAME or set SWAP_CONTROL_TABLE";
  if (name === undefined) throw usageError("control table", "(none)", "it is missing", fix);
  if (!/^([A-Za-z0-9_.-]{3,255}|arn:[^:]+:dynamodb:.+:table\/[A-Za-z0-9_.-]{3,255})$/.test(name))
    throw usageError(
      "control table",
      formatValue(name),
      "want a DynamoDB table name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'",
      fix,
    );
  return name;
}

function openClient(flags: ConnectionFlags, warn: (text: string) => void): DynamoDBClient {
  // Loaded on use: the SDK takes longer to load than the rest, and usage errors and help need none.
  const { createClient } = require("../aws/connection") as typeof import("../aws/connection");
  const { setUserAgentPart } = require("../aws") as typeof import("../aws");
  setUserAgentPart("cli");
  const { region, profile, "endpoint-url": endpoint } = flags;
  return createClient(
    defined({ region, profile, endpoint }),
    { logger: { debug: ignore, info: ignore, warn: toWarning(warn), error: ignore } },
    { timeoutMs: TIMEOUT_MS },
  );
}

function ignore(): void {}

/** The SDK indents and wraps its text; the first words name its own module. */
function toWarning(warn: (text: string) => void): (...parts: unknown[]) => void {
  return (...parts) => {
    const texts = parts.filter((part) => typeof part === "string");
    const message = texts.join(" ").replace(/\s+/g, " ").trim();
    if (message !== "") warn(message.replace(/^@\S+ - (\S+ WARNING: )?/, ""));
  };
}

/**
 * Checks the Region and endpoint from the flags and the SDK's environment variables. The SDK would report a
 * malformed one as a failure of the network or of DynamoDB.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkConnectionSettings(flags: ConnectionFlags, env: NodeJS.ProcessEnv): void {
  checkRegion("flag --region", flags.region);
  if (flags.region === undefined) {
    checkRegion("AWS_REGION", env.AWS_REGION || undefined);
    if (!env.AWS_REGION) checkRegion("AWS_DEFAULT_REGION", env.AWS_DEFAULT_REGION || undefined);
  }
  if (flags.profile === "")
    throw usageError("flag --profile", '""', "it is empty", "name a profile, or leave it out");

  checkEndpoint("flag --endpoint-url", flags["endpoint-url"]);
  if (flags["endpoint-url"] !== undefined) return;
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") return;
  const variable = env.AWS_ENDPOINT_URL_DYNAMODB ? "AWS_ENDPOINT_URL_DYNAMODB" : "AWS_ENDPOINT_URL";
  checkEndpoint(variable, env[variable] || undefined);
}

function checkRegion(name: string, value: string | undefined): void {
  if (value === undefined || /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(value)) return;
  throw usageError(
    name,
    formatValue(value),
    "want the code of an AWS Region: letters, digits and '-'",
    "write it such as eu-west-1, or leave it out",
  );
}

function checkEndpoint(name: string, value: string | undefined): void {
  const fault = value === undefined ? undefined : endpointProblem(value);
  if (fault !== undefined) throw usageError(name, fault.value, fault.rule, fault.fix);
}
