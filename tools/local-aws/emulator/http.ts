import type { IncomingMessage, ServerResponse } from "node:http";
import { crc32 } from "node:zlib";

/** The whole request body. DynamoDB caps a request at 16 MB, so it is never large. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers with a JSON text; the checksum is there because the Go SDK verifies it. */
export function sendJson(response: ServerResponse, status: number, body: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "Content-Type": "application/x-amz-json-1.0",
    "Content-Length": bytes.length,
    "x-amz-crc32": crc32(bytes),
  });
  response.end(bytes);
}
