import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { bodyOf, forward } from "./forward";

/** A request as it was signed. */
export interface Signed {
  operation: string;
  region: string;
  accessKey: string;
}

/** DynamoDB in several Regions behind one endpoint, as the signature of a request tells them apart. */
export interface Regions {
  /** Of every Region. */
  endpoint: string;
  /** The same, over TLS with the certificate of test/support/tls. */
  secure: string;
  /** Requests since the last look. */
  seen(): Signed[];
  stop(): Promise<void>;
}

const tls = (file: string) => readFileSync(join(__dirname, "tls", file));

/** Starts one embedded DynamoDB a Region. A request signed for another Region is refused. */
export async function startRegions(names: readonly string[]): Promise<Regions> {
  const engines = new Map<string, Awaited<ReturnType<typeof startEmbeddedDynamoDB>>>();
  for (const name of names) engines.set(name, await startEmbeddedDynamoDB());
  let seen: Signed[] = [];
  const answer: RequestListener = async (request, response) => {
    const body = await bodyOf(request);
    const signed = signedBy(request);
    seen.push(signed);
    const engine = engines.get(signed.region);
    if (engine) return forward(engine.endpoint, request, body, response);
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
    response.end('{"__type":"ValidationException","message":"no such Region"}');
  };
  const plain = createServer(answer);
  const secure = createTlsServer({ key: tls("key.pem"), cert: tls("certificate.pem") }, answer);
  for (const server of [plain, secure])
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const port = (server: typeof plain) => (server.address() as AddressInfo).port;
  return {
    endpoint: `http://127.0.0.1:${port(plain)}`,
    secure: `https://127.0.0.1:${port(secure as never)}`,
    seen() {
      const all = seen;
      seen = [];
      return all;
    },
    async stop() {
      for (const server of [plain, secure]) {
        server.closeAllConnections();
        server.close();
      }
      for (const engine of engines.values()) await engine.stop();
    },
  };
}

function signedBy(request: IncomingMessage): Signed {
  const [, accessKey = "", region = ""] =
    /Credential=([^/,]+)\/\d+\/([a-z0-9-]+)\//.exec(request.headers.authorization ?? "") ?? [];
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  return { operation, region, accessKey };
}

/** An STS that lets anyone assume a role; the access key of its credentials is `as-<role>`. */
export async function startSts(): Promise<{ endpoint: string; stop(): void }> {
  const server = createServer(async (request, response) => {
    const params = new URLSearchParams(await bodyOf(request));
    const role = params.get("RoleArn")?.split("/").at(-1);
    response.writeHead(200, { "content-type": "text/xml" });
    response.end(
      `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>as-${role}</AccessKeyId>` +
        "<SecretAccessKey>x</SecretAccessKey><SessionToken>t</SessionToken>" +
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
