import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { assertClientRelease } from "./client-release";
import { rememberEndpoint } from "./endpoint";
import { addUserAgent, type UserAgentPart } from "./user-agent";

/** Time-out of one attempt, until its response is complete, in milliseconds. */
export const RESPONSE_TIMEOUT_MS = 10_000;

/**
 * Time-out of credentials, as a multiple of an attempt's: they may need separate requests with retries, or
 * a process.
 */
const CREDENTIALS_TIMEOUT_FACTOR = 6;

/** The request handler's response. Its body is a stream that may still be arriving. */
interface Response {
  statusCode: number;
  body?: AsyncIterable<Buffer> & { destroy?: () => void };
}

/** Clients that have the middleware. */
const clientsWithMiddleware = new WeakSet<object>();

/**
 * Limits the time of each attempt, body included, and rejects responses that DynamoDB did not send.
 *
 * The SDK's time-outs cover only a response's headers: a body that stalls would block a caller forever. An
 * attempt that is too slow fails with a `TimeoutError`, which the SDK retries.
 *
 * An HTTP 2xx whose body is not a JSON object comes from something else, such as a proxy. The SDK treats an
 * empty body as an empty response: a read would find no row, readers would fall back to version 1, and a
 * write would count as applied.
 *
 * The requests for a client's credentials (STS, SSO) share one time-out of six times `timeoutMs`.
 *
 * @param of a client, for all its requests, or one command
 * @returns `of`
 * @see the AWS JSON 1.0 protocol: the body of a response is a JSON object
 */
export function rejectNonJsonResponses<T extends { middlewareStack: unknown; config?: object }>(
  of: T,
  timeoutMs = RESPONSE_TIMEOUT_MS,
): T {
  clientsWithMiddleware.add(of);
  boundCredentials(of, CREDENTIALS_TIMEOUT_FACTOR * timeoutMs);
  addMiddleware(of, timeoutMs, of);
  return of;
}

/** @param client the client that sends the requests, if known */
function addMiddleware(of: { middlewareStack: unknown }, timeoutMs: number, client: object): void {
  (of.middlewareStack as DynamoDBClient["middlewareStack"]).add(
    (next) => async (args) => {
      rememberEndpoint(client, args.request);
      const answered = await bufferResponse(next(args), timeoutMs);
      const { statusCode, body } = answered.response as { statusCode: number; body: Buffer };
      if (statusCode >= 200 && statusCode < 300 && !/^\s*\{/.test(body.toString("latin1", 0, 64)))
        throw Object.assign(new Error("the body is no JSON object"), {
          name: "UnknownError",
          $metadata: { httpStatusCode: statusCode },
        });
      return answered;
    },
    // Runs inside the SDK's retries, just before the request handler, and before the SDK reads the body.
    { step: "deserialize", priority: "low", name: "swapDemandWholeAnswers", override: true },
  );
}

/** A command of any SDK release, whose output is `O`. */
export interface SdkCommand<O> {
  middlewareStack: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types name a package that is no dependency
  resolveMiddleware(...of: any[]): (...args: any[]) => Promise<{ output: O }>;
}

/**
 * Sends a command with a time-out, also through a caller's client that has none.
 *
 * @param signal ends the request; each attempt also ends after {@link RESPONSE_TIMEOUT_MS}
 * @param part named in the user agent
 * @throws SwapError `swap.input-invalid` for a client of a release that can't send the command
 */
export async function send<O>(
  client: DynamoDBClient,
  command: SdkCommand<O>,
  signal?: AbortSignal,
  part?: UserAgentPart,
): Promise<O> {
  assertClientRelease(client);
  const sendTo = (abortSignal?: AbortSignal) =>
    client.send(command as never, abortSignal && { abortSignal }) as Promise<O>;
  addUserAgent(command, part);
  if (clientsWithMiddleware.has(client)) return sendTo(signal);
  addMiddleware(command, RESPONSE_TIMEOUT_MS, client);
  if (signal) return sendTo(signal);
  const given = new AbortController();
  try {
    return await sendTo(given.signal);
  } catch (error) {
    // Abort a request that timed out before its headers: its connection would stay open.
    given.abort();
    throw error;
  }
}

type CredentialsProvider = (...args: unknown[]) => Promise<unknown>;

function boundCredentials(of: { config?: { credentials?: unknown } }, timeoutMs: number): void {
  const resolve = of.config?.credentials as CredentialsProvider | undefined;
  if (of.config === undefined || typeof resolve !== "function") return;
  of.config.credentials = (...args: unknown[]) =>
    withTimeout(timeoutMs, `no credentials within ${timeoutMs} ms`, resolve(...args));
}

/** Replaces the response's body stream with its complete content, which the SDK also accepts. */
async function bufferResponse<T extends { response: unknown }>(
  sent: Promise<T>,
  timeoutMs: number,
): Promise<T> {
  let body: Response["body"];
  let late = false;
  const arrived = async () => {
    const answered = await sent;
    const response = answered.response as Response;
    body = response.body;
    if (late) body?.destroy?.();
    return Object.assign(answered, {
      response: Object.assign(response, { body: await bytesOf(body) }),
    });
  };
  return withTimeout(timeoutMs, `no complete response within ${timeoutMs} ms`, arrived(), () => {
    late = true;
    body?.destroy?.();
  });
}

/** The content of a body. Half the work of `node:stream/consumers`, which goes through a Blob. */
async function bytesOf(body: Response["body"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Rejects with a `TimeoutError` if the promise takes too long. */
async function withTimeout<T>(
  ms: number,
  message: string,
  promise: Promise<T>,
  onLate: () => void = () => {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(Object.assign(new Error(message), { name: "TimeoutError" }));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
