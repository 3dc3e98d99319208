interface NetworkFailure {
  name?: string;
  message?: string;
  code?: string;
  syscall?: string;
}

/** The request stopped short: no address, no connection. */
const noConnection: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Node's and OpenSSL's codes for a server whose certificate is not accepted. */
const badCertificate =
  /^(ERR_TLS_)?CERT_|SELF_SIGNED_CERT|^UNABLE_TO_|^INVALID_CA$|^HOSTNAME_MISMATCH$/;

/** Whether a failure happened before the request could leave this machine. */
export function neverSent(error: unknown): boolean {
  const { name, message = "", code = "", syscall } = error as NetworkFailure;
  if (noConnection.has(code) || isBadCertificate(code)) return true;
  // Of a connection that was made, these name `read` or `write`, or nothing.
  if (syscall === "connect" || syscall === "getaddrinfo") return true;
  // An https endpoint that speaks plain http is found out by the handshake.
  if (code === "EPROTO" && /wrong version number/i.test(message)) return true;
  return name === "TimeoutError" && /did not establish a connection/.test(message);
}

export const isBadCertificate = (code: string): boolean => badCertificate.test(code);
