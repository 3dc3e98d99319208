interface NetworkFailure {
  name?: string;
  message?: string;
  code?: string;
  syscall?: string;
}

/** Node's codes for a request that was never sent: no address or no connection. */
const noConnection: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Node's and OpenSSL's codes for a rejected server certificate. */
const badCertificate =
  /^(ERR_TLS_)?CERT_|SELF_SIGNED_CERT|^UNABLE_TO_|^INVALID_CA$|^HOSTNAME_MISMATCH$/;

/** Whether a failure happened before the request could leave this machine. */
export function neverSent(error: unknown): boolean {
  const { name, message = "", code = "", syscall } = error as NetworkFailure;
  if (noConnection.has(code) || isBadCertificate(code)) return true;
  // On an established connection, `syscall` is `read`, `write` or absent.
  if (syscall === "connect" || syscall === "getaddrinfo") return true;
  // The TLS handshake fails if an https endpoint speaks plain http.
  if (code === "EPROTO" && /wrong version number/i.test(message)) return true;
  return name === "TimeoutError" && /did not establish a connection/.test(message);
}

export const isBadCertificate = (code: string): boolean => badCertificate.test(code);
