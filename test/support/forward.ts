import { type IncomingMessage, request, type ServerResponse } from "node:http";

/** The whole body of a request that a proxy took; never, if its client goes away before it has sent all. */
export async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk);
  } catch {
    // Killed, as tests do: nobody waits for an answer, and to throw would fail the test that runs.
    return new Promise(() => {});
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Sends a request on to DynamoDB, or another service, and its answer back, as they are.
 *
 * @param seen gets the answer's body before its end is sent
 * @returns once an answer begins, so that the request has been carried out, or none will come
 */
export function forward(
  upstream: string,
  incoming: IncomingMessage,
  body: string,
  out: ServerResponse,
  seen?: (answer: string) => void,
): Promise<void> {
  const sent = request(
    new URL(incoming.url ?? "/", upstream),
    // A connection that is kept may be closed by the other side just as it is used again.
    { method: incoming.method, headers: incoming.headers, agent: false },
    (answer) => {
      out.writeHead(answer.statusCode ?? 500, answer.headers);
      const chunks: Buffer[] = [];
      if (seen) {
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.once("end", () => seen(Buffer.concat(chunks).toString("utf8")));
      }
      answer.pipe(out);
    },
  );
  sent.on("error", () => out.destroy());
  sent.end(body);
  return new Promise((done) => {
    sent.once("response", () => done()).once("error", () => done());
  });
}

/** Answers as IAM's refusals come. */
export function deny(response: ServerResponse, operation: string): void {
  response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
  response.end(
    JSON.stringify({
      __type: "com.amazon.coral.service#AccessDeniedException",
      Message: `User: arn:aws:iam::123456789012:user/ops is not authorized to perform: dynamodb:${operation}`,
    }),
  );
}
