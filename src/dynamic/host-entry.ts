import { subscribe } from "node:diagnostics_channel";
import { setUserAgentPart } from "../aws";
import { type AwsSettings, awsSettings } from "../aws/connection";
import { isSwapError, type SwapError } from "../errors";
import { ActiveVersionHandler } from "./active-version-handler";
import { Clients } from "./clients";
import { type Handler, URN_PROPERTY } from "./protocol";
import { replicaWarner } from "./replica-warning";
import { RetentionPlanHandler } from "./retention-plan-handler";
import { SeedHandler } from "./seed-handler";
import { forResource, infoLine, statusLine, warningLine } from "./status-line";
import { VersionGuardHandler } from "./version-guard-handler";

/**
 * Entry point that the serialized dynamic providers require at run time, as `pulumi-swap/dynamic-host`. Not
 * for programs: its shape follows Pulumi's protocol and may change in any release.
 */
const clients = new Clients();
// The control table is shared: its warning is none of the resource whose check comes first.
const warnOfReplicas = replicaWarner((line) => forResource(undefined, () => warningLine(line)));
const signal = cancelSignal();
setUserAgentPart("provider");

export const handlers = {
  activeVersion: hosted(
    new ActiveVersionHandler(clients, {
      onProgress: statusLine,
      signal,
      warnOfReplicas,
      info: infoLine,
      warn: warningLine,
    }),
  ),
  retentionPlan: hosted(new RetentionPlanHandler(clients, { info: infoLine, warn: warningLine })),
  seed: hosted(new SeedHandler(clients, { signal })),
  versionGuard: hosted(new VersionGuardHandler(clients, Date.now, { signal })),
};

export type HandlerName = keyof typeof handlers;

interface StackConfig {
  get(key: string): string | undefined;
}

/**
 * Sets the stack's `aws:` configuration. A module made by `pulumi.dynamic.Resource`, which an older state
 * may hold, calls it itself.
 */
export function configure(config: StackConfig): void {
  clients.configure(stackSettings(config));
}

/** Return the error for each check to report: Pulumi would print a stack trace for one thrown here. */
function stackSettings(config: StackConfig): AwsSettings | SwapError {
  try {
    return awsSettings((name) => config.get(`aws:${name}`));
  } catch (error) {
    if (isSwapError(error)) return error;
    throw error;
  }
}

/** A handler with the additional functions that the dynamic provider host calls. */
interface Hosted<I extends object, O extends object> extends Handler<I, O> {
  configure(request: { config: StackConfig }): Promise<void>;
}

function hosted<I extends object, O extends object>(handler: Handler<I, O>): Hosted<I, O> {
  const run = <T>(props: object, operation: () => Promise<T>): Promise<T> =>
    forResource((props as { [URN_PROPERTY]?: string })[URN_PROPERTY], () =>
      withOneLineErrors(operation()),
    );
  return {
    configure: async ({ config }) => configure(config),
    check: (olds, news) => run(news, () => handler.check(olds, news)),
    diff: (id, olds, news) => run(news, () => handler.diff(id, olds, news)),
    create: (inputs) => run(inputs, () => handler.create(inputs)),
    update: (id, olds, news) => run(news, () => handler.update(id, olds, news)),
    // Only the state has a URN here, which a renamed stack or a moved parent makes out of date: lines of the stack.
    read: (id, props) => run({}, () => handler.read(id, props)),
    delete: (id, props) => run({}, () => handler.delete(id, props)),
  };
}

/**
 * Reduces a SwapError to its one-line message without a stack trace, because Pulumi's dynamic host prints
 * `error.stack` for errors of check, diff, read and delete.
 * @see `@pulumi/pulumi/cmd/dynamic-provider`
 */
async function withOneLineErrors<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!isSwapError(error)) throw error;
    const line = new Error(error.line);
    line.name = "pulumi-swap";
    line.stack = error.code;
    throw line;
  }
}

/** The engine's call to a provider when the user interrupts the run. */
const CANCEL = "/pulumirpc.ResourceProvider/Cancel";

/**
 * A signal that aborts when the engine cancels the run: after the first Ctrl-C the engine waits for running
 * operations, which may be waiting for a gate. Pulumi's dynamic provider host handles the call without a
 * hook, so we detect it from Node.js's announcement of each HTTP/2 stream.
 *
 * @see https://nodejs.org/api/diagnostics_channel.html, `http2.server.stream.start`
 */
export function cancelSignal(): AbortSignal {
  const run = new AbortController();
  subscribe("http2.server.stream.start", (message) => {
    const { headers } = message as { headers?: Record<string, unknown> };
    if (headers?.[":path"] === CANCEL) run.abort();
  });
  return run.signal;
}
