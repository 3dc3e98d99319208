/** The parts of an AWS SDK error that show what happened. */
export interface AwsFailure {
  name?: string;
  message?: unknown;
  code?: string;
  syscall?: string;
  /** Set by file system errors. */
  path?: string;
  /** Set by errors of the credential chain. */
  tryNextLink?: boolean;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { statusCode?: number };
  errors?: { message?: string }[];
}

/** Longest reason shown in a message, in characters. DynamoDB's reasons are shorter. */
const MAX_REASON_LENGTH = 500;

export function statusOf(failure: AwsFailure): number | undefined {
  return failure.$metadata?.httpStatusCode ?? failure.$response?.statusCode;
}

/**
 * Whether DynamoDB answered that the table does not exist. A credential service may fail with the same
 * error name; the SDK marks that error with `tryNextLink`.
 */
export function isNotFound(error: unknown): boolean {
  const failure = error as AwsFailure;
  return failure.name === "ResourceNotFoundException" && failure.tryNextLink === undefined;
}

/**
 * Whether the response came from something other than DynamoDB, such as a proxy, a captive portal or
 * another service. The SDK then reports an unknown error or a body that it can't parse.
 */
export function isNonDynamoDBResponse(failure: AwsFailure): boolean {
  const { name = "", message } = failure;
  if (statusOf(failure) === undefined) return false;
  return /^Unknown(Error)?$/.test(name) || /Deserialization error/.test(String(message));
}

/** The reason of a failure, on one line. */
export function reasonOf(failure: AwsFailure): string {
  if (isNonDynamoDBResponse(failure))
    return `what answered (HTTP ${statusOf(failure)}) is not a DynamoDB endpoint`;
  // Node reports a refused dual-stack connection as an AggregateError with an empty message.
  const text =
    (typeof failure.message === "string" && failure.message) ||
    failure.errors?.map((each) => each.message).join(", ") ||
    failure.code ||
    failure.name ||
    String(failure);
  // For a wrong signature, AWS's message repeats the signed headers, including the session token.
  const line = text
    .replace(/The Canonical String for this request.*/s, "")
    .replace(/\s*\n\s*/g, " ")
    .trim();
  return line.length > MAX_REASON_LENGTH ? `${line.slice(0, MAX_REASON_LENGTH)}…` : line;
}
