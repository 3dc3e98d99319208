import { isSwapError, type SwapErrorCode } from "../errors";

/** Codes of failures that only the command line has. */
export type CliFailureCode = "swap.wait-timed-out" | "swap.unexpected";

/** Any code that an error printed by the command line can carry. */
export type FailureCode = SwapErrorCode | CliFailureCode;

/** The parts of a failure that are printed, as text and with `--json`. */
export interface Failure {
  code: FailureCode;
  message: string;
  hint: string;
  payload: Record<string, unknown>;
}

/** A failure that the command line itself finds or explains, such as a wait that timed out. */
export class CliError extends Error implements Failure {
  override readonly name = "CliError";

  constructor(
    readonly code: FailureCode,
    message: string,
    readonly hint: string,
    readonly payload: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** Converts a thrown value to a failure; an unknown error keeps only its first line. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return error;
  if (isSwapError(error)) {
    const { code, message, hint, payload } = error;
    return { code, message, hint, payload: { ...payload } };
  }
  const absent = absentPackage(error);
  if (absent !== undefined)
    return {
      code: "swap.unexpected",
      message: `package ${absent} is not installed: swap reads DynamoDB through it`,
      hint: `run npm install ${absent} where pulumi-swap is installed`,
      payload: {},
    };
  const text = error instanceof Error ? error.message || error.name : String(error);
  return {
    code: "swap.unexpected",
    message: `unexpected failure: ${text.split("\n", 1)[0] ?? ""}`,
    hint: "run it again; if it stays, report this line with the output of swap --version",
    payload: {},
  };
}

/** The name of a missing package, such as the AWS SDK, which is a peer dependency. */
function absentPackage(error: unknown): string | undefined {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== "MODULE_NOT_FOUND") return undefined;
  return /^Cannot find module '(@aws-sdk\/[\w-]+)'/.exec(message ?? "")?.[1];
}
