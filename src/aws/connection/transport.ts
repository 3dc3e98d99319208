import { readFileSync } from "node:fs";
import type { AgentOptions } from "node:https";
import { homedir } from "node:os";
import { join } from "node:path";
import { SwapError } from "../../errors";
import { formatValue } from "../../validation";
import type { Connection } from "./connection";

/** Proxies from the stack's configuration, else from the environment. Their URLs may hold a password. */
export interface Proxies {
  http?: string;
  https?: string;
  /** Hosts to reach without a proxy, separated by commas. */
  none?: string;
}

/**
 * HTTP agents for the SDK's request handler, with the same certificate authorities and proxies as the aws
 * provider.
 */
export interface Agents {
  httpAgent?: AgentOptions;
  httpsAgent?: AgentOptions;
}

/** Loopback hosts never use a proxy, as in the SDK for Go. */
const LOOPBACK = "localhost,127.0.0.1,::1,[::1]";

/**
 * Creates the HTTP agents of a client.
 *
 * @throws SwapError `swap.input-invalid` for a CA bundle that can't be read, and for a proxy that this
 * release of Node.js can't use
 */
export function agentsOf(
  { customCaBundle }: Connection,
  proxies: Proxies,
  env: NodeJS.ProcessEnv,
): Agents {
  const bundle = customCaBundle ?? (env.AWS_CA_BUNDLE || undefined);
  const ca = bundle === undefined ? undefined : readBundle(bundle, customCaBundle !== undefined);
  const http = proxies.http ?? (env.HTTP_PROXY || env.http_proxy || undefined);
  // As in the aws provider, httpProxy also applies to https if no https proxy is set.
  const https = proxies.https ?? (env.HTTPS_PROXY || env.https_proxy || proxies.http);
  if (http === undefined && https === undefined)
    return ca === undefined ? {} : { httpsAgent: { ca } };
  assertProxySupport();
  const named = proxies.none ?? (env.NO_PROXY || env.no_proxy || undefined);
  const none = named === undefined ? LOOPBACK : `${named},${LOOPBACK}`;
  return {
    ...(http !== undefined && { httpAgent: { proxyEnv: { HTTP_PROXY: http, NO_PROXY: none } } }),
    httpsAgent: {
      ...(ca !== undefined && { ca }),
      ...(https !== undefined && { proxyEnv: { HTTPS_PROXY: https, NO_PROXY: none } }),
    },
  };
}

function readBundle(path: string, given: boolean): string {
  const file = path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
  try {
    const text = readFileSync(file, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
    throw new Error("it holds no certificate in PEM form");
  } catch (error) {
    throw new SwapError("swap.input-invalid", {
      name: given ? "customCaBundle" : "AWS_CA_BUNDLE",
      value: formatValue(path),
      rule: (error as NodeJS.ErrnoException).code
        ? `the file can't be read (${(error as NodeJS.ErrnoException).code})`
        : (error as Error).message,
      fix: "name a PEM file with the certificate authorities to accept, or leave it out",
    });
  }
}

/** http.Agent takes `proxyEnv` since 22.21 and 24.5. */
function assertProxySupport(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)) return;
  throw new SwapError("swap.input-invalid", {
    name: "Node.js",
    value: process.versions.node,
    rule: "HTTP_PROXY or HTTPS_PROXY is set, and this release of Node.js can't use a proxy",
    fix: "run Node.js 22.21, 24.5 or newer, or unset the proxy",
  });
}
