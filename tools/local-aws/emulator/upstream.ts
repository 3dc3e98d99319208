import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from "node:http";
import { DynamoDBFailure, UpstreamFailure } from "./failure";
import { readBody } from "./http";
import type { Json } from "./json";

const HOP_BY_HOP = new Set(["connection", "host", "keep-alive", "transfer-encoding"]);

/** The DynamoDB behind the emulator, reached over HTTP. */
export class Upstream {
  private readonly agent = new Agent({ keepAlive: true });

  /** @param endpoint e.g. `http://127.0.0.1:8000` */
  constructor(readonly endpoint: string) {}

  /** Passes a request on as it came and streams the answer back. */
  async forward(asked: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const options = { method: asked.method, path: asked.url, headers: endToEnd(asked.headers) };
    const answer = await this.exchange(options, body);
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.pipe(response);
  }

  /**
   * Sends a request of the emulator itself. It carries the caller's credentials header, because
   * DynamoDB Local keeps one database for each access key and Region unless told otherwise.
   * @throws UpstreamFailure what the upstream refused it with.
   */
  async call(operation: string, input: Json, caller: IncomingHttpHeaders): Promise<Json> {
    const headers = {
      authorization: caller.authorization,
      "x-amz-date": caller["x-amz-date"],
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    };
    const options = { method: "POST", path: "/", headers };
    const answer = await this.exchange(options, Buffer.from(JSON.stringify(input)));
    const text = (await readBody(answer)).toString();
    if (answer.statusCode !== 200) throw new UpstreamFailure(answer.statusCode ?? 502, text);
    return text === "" ? {} : (JSON.parse(text) as Json);
  }

  /** Closes the idle connections. */
  close(): void {
    this.agent.destroy();
  }

  private exchange(options: RequestOptions, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request(this.endpoint, { ...options, agent: this.agent }, resolve);
      sent.on("error", (cause) => reject(unanswered(this.endpoint, cause)));
      sent.setHeader("Content-Length", body.length);
      sent.end(body);
    });
  }
}

function unanswered(endpoint: string, cause: Error): DynamoDBFailure {
  const message = `the DynamoDB behind this emulator (${endpoint}) does not answer: ${cause.message}`;
  return new DynamoDBFailure("ServiceUnavailable", message, 503);
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
