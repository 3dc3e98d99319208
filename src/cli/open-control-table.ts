import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { ControlTableRef } from "../pointer";
import { defined, formatValue } from "../validation";
import { checkConnectionFlags } from "./environment";
import type { ConnectionFlags } from "./flags";
import { usage } from "./usage";

/** When one try of a request is given up, in milliseconds: someone waits before the terminal. */
const TIMEOUT_MS = 5_000;

/**
 * Opens the connection that the flags describe: a client, and the control table that they name.
 *
 * @param warn told what the SDK has to remark, which it would print by itself
 * @throws SwapError `swap.input-invalid`
 */
export function openControlTable(
  flags: ConnectionFlags,
  warn: (text: string) => void,
): ControlTableRef {
  const controlTable = controlTableOf(flags);
  checkConnectionFlags(flags, process.env);
  return { client: openClient(flags, warn), controlTable };
}

/**
 * The control table that the flag or its environment variable names.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function controlTableOf(flags: ConnectionFlags): string {
  const name = flags["control-table"];
  const fix = "pass --control-table NAME or set SWAP_CONTROL_TABLE";
  if (name === undefined)
    throw usage(
      "control table",
      "(none)",
      "neither --control-table nor SWAP_CONTROL_TABLE names it",
      fix,
    );
  if (!/^([A-Za-z0-9_.-]{3,255}|arn:[^:]+:dynamodb:.+:table\/[A-Za-z0-9_.-]{3,255})$/.test(name))
    throw usage(
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
  const { runAs } = require("../aws") as typeof import("../aws");
  runAs("cli");
  const { region, profile, "endpoint-url": endpoint } = flags;
  return createClient(
    defined({ region, profile, endpoint }),
    { logger: { debug: ignore, info: ignore, warn: tell(warn), error: ignore } },
    { timeoutMs: TIMEOUT_MS },
  );
}

function ignore(): void {}

/** The SDK indents and breaks what it says; the first words name its own module. */
function tell(warn: (text: string) => void): (...parts: unknown[]) => void {
  return (...parts) => {
    const texts = parts.filter((part) => typeof part === "string");
    const told = texts.join(" ").replace(/\s+/g, " ").trim();
    if (told !== "") warn(told.replace(/^@\S+ - (\S+ WARNING: )?/, ""));
  };
}
