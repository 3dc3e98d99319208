/** The parts of an AWS SDK error that show what happened. */
export interface AwsFailure {
  name?: string;
  message?: unknown;
  code?: string;
  syscall?: string;
  /** Of a failure of the file system. */
  path?: string;
  /** The mark of an error of the credentials' chain. */
  tryNextLink?: boolean;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { statusCode?: number };
  errors?: { message?: string }[];
}

/** Longest reason that a line shows, in characters; DynamoDB's own are shorter. */
const MAX_REASON_LENGTH = 500;

export function statusOf(failure: AwsFailure): number | undefined {
  return failure.$metadata?.httpStatusCode ?? failure.$response?.statusCode;
}

/**
 * Whether DynamoDB answered that the table does not exist. A service behind the credentials may have
 * an error of the same name, which the SDK then wraps with its own mark.
 */
export function isNotFound(error: unknown): boolean {
  const failure = error as AwsFailure;
  return failure.name === "ResourceNotFoundException" && failure.tryNextLink === undefined;
}

/**
 * Whether something answered that does not speak DynamoDB's protocol: a proxy, a portal, another
 * service. The SDK then reports that it can't parse the body, or an unknown error.
 */
export function isNonDynamoDBResponse(failure: AwsFailure): boolean {
  const { name = "", message } = failure;
  if (statusOf(failure) === undefined) return false;
  return /^Unknown(Error)?$/.test(name) || /Deserialization error/.test(String(message));
}

/** Why it failed, on one line. */
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
  // AWS repeats the signed headers of a request with a wrong signature, the session token included.
  const line = text
    .replace(/The Canonical String for this request.*/s, "")
    .replace(/\s*\n\s*/g, " ")
    .trim();
  return line.length > MAX_REASON_LENGTH ? `${line.slice(0, MAX_REASON_LENGTH)}…` : line;
}
