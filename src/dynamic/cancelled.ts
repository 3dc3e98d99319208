import { subscribe } from "node:diagnostics_channel";

/** The call by which the engine tells a provider that the user has interrupted the run. */
const CANCEL = "/pulumirpc.ResourceProvider/Cancel";

/**
 * Aborted when the engine cancels the run: after the first Ctrl-C it waits for what is under way, and a
 * gate may be waited for. Pulumi's dynamic provider host answers that call by itself and has no hook for
 * it, so that it is seen where Node.js announces each HTTP/2 stream of its server.
 *
 * @see https://nodejs.org/api/diagnostics_channel.html, `http2.server.stream.start`
 */
export function cancelledRun(): AbortSignal {
  const run = new AbortController();
  subscribe("http2.server.stream.start", (message) => {
    const { headers } = message as { headers?: Record<string, unknown> };
    if (headers?.[":path"] === CANCEL) run.abort();
  });
  return run.signal;
}
