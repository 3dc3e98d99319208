import { buffer } from "node:stream/consumers";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { assertClientRelease } from "./client-release";
import { rememberEndpoint } from "./endpoint";
import { addUserAgent, type UserAgentPart } from "./user-agent";

/** When one try of a request is given up that has no complete response yet, in milliseconds. */
export const RESPONSE_TIMEOUT_MS = 10_000;

/** Credentials may take a separate request with retries, or a process: they get so many times as long. */
const CREDENTIALS_TIMEOUT_FACTOR = 6;

/** What the request handler hands over: the body is a stream that may still be on its way. */
interface Response {
  statusCode: number;
  body?: AsyncIterable<Buffer> & { destroy?: () => void };
}

/** Clients whose every request is covered. */
const clientsWithMiddleware = new WeakSet<object>();

/**
 * Bounds each try of a request, body included, and rejects a response that DynamoDB did not send.
 *
 * The time-outs of the SDK end with the headers of a response: a body that stalls, or trickles, would
 * hold a caller for ever. A try that is given up is a `TimeoutError`, which the SDK retries.
 *
 * An HTTP 2xx whose body is no JSON object comes from something else, such as a proxy. The SDK takes an
 * empty body for an empty response: a read would find no row, readers would turn to version 1, and a
 * write would count as applied.
 *
 * The requests that a client's credentials come from (STS, SSO) are bounded as a whole, at six times
 * `timeoutMs`.
 *
 * @param of a client, for all its requests, or one command
 * @returns what was given
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

/** @param client whose requests these are, as far as it is known */
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
    // Next to the network, inside the SDK's retries, and before it reads the body.
    { step: "deserialize", priority: "low", name: "swapDemandWholeAnswers", override: true },
  );
}

/** A command of the SDK, of any of its releases, by what it resolves to. */
interface Command<O> {
  middlewareStack: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types name a package that is no dependency
  resolveMiddleware(...of: any[]): (...args: any[]) => Promise<{ output: O }>;
}

/**
 * Sends a command through a client that may be the caller's, which need not have any time-out.
 *
 * @param signal ends the request; each try ends after {@link RESPONSE_TIMEOUT_MS} in any case
 * @param part named in the user agent
 * @throws SwapError `swap.input-invalid` for a client of a release that can't send the command
 */
export async function send<O>(
  client: DynamoDBClient,
  command: Command<O>,
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
    // A request that was given up before its headers arrived would keep its connection.
    given.abort();
    throw error;
  }
}

type Credentials = (...args: unknown[]) => Promise<unknown>;

function boundCredentials(of: { config?: { credentials?: unknown } }, timeoutMs: number): void {
  const resolve = of.config?.credentials as Credentials | undefined;
  if (of.config === undefined || typeof resolve !== "function") return;
  of.config.credentials = (...args: unknown[]) =>
    withTimeout(timeoutMs, `no credentials within ${timeoutMs} ms`, resolve(...args));
}

/** The response with its whole body, which the SDK takes in the place of a stream. */
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
      response: Object.assign(response, { body: body ? await buffer(body) : Buffer.alloc(0) }),
    });
  };
  return withTimeout(timeoutMs, `no complete response within ${timeoutMs} ms`, arrived(), () => {
    late = true;
    body?.destroy?.();
  });
}

/** The result of a promise in time, else a `TimeoutError`. */
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
