const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The endpoint, if it is an http(s) URL of this machine.
 * @param named what it is called in the error, e.g. "AWS_ENDPOINT_URL_DYNAMODB"
 */
export function loopback(endpoint: string, named: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && /^https?:$/.test(url.protocol) && LOOPBACK.test(url.hostname)) return endpoint;
  throw new Error(
    `${named} is "${endpoint}": it must be a URL of this machine, such as http://127.0.0.1:8000`,
  );
}
