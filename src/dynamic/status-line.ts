/** The parts of Pulumi's engine protocol that a status line needs. */
interface LogRequest {
  setSeverity(severity: number): void;
  setMessage(message: string): void;
  setEphemeral(ephemeral: boolean): void;
}
interface EngineClient {
  log(request: LogRequest, done: () => void): void;
}

/** Of the protocol's LogSeverity. */
const INFO = 1;
const WARNING = 2;

let engine: { client: EngineClient; request: () => LogRequest } | undefined;

/** Shows a line of progress while `pulumi up` waits; it is gone when the work is done. */
export function statusLine(line: string): void {
  say(line, INFO, true);
}

/** Shows a line in the run's output. */
export function infoLine(line: string): void {
  say(line, INFO, false);
}

/** Shows a line among the run's warnings. */
export function warningLine(line: string): void {
  say(line, WARNING, false);
}

/**
 * The dynamic provider host hands a handler no logger, but it is started with the engine's address;
 * its own copy of the protocol is used. A line is never worth a failure, so whatever goes wrong here
 * is let be.
 *
 * @see `@pulumi/pulumi/cmd/dynamic-provider` and `pulumirpc.Engine/Log`
 */
function say(line: string, severity: number, ephemeral: boolean): void {
  try {
    engine ??= connect();
    const request = engine.request();
    request.setSeverity(severity);
    request.setMessage(line);
    request.setEphemeral(ephemeral);
    engine.client.log(request, () => {});
  } catch {
    // Another host, or another protocol: the wait goes on in silence.
  }
}

function connect() {
  const host = require.main as NodeJS.Module;
  const { credentials } = host.require("@grpc/grpc-js");
  const { EngineClient } = host.require("../../proto/engine_grpc_pb");
  const { LogRequest } = host.require("../../proto/engine_pb");
  return {
    client: new EngineClient(process.argv[2], credentials.createInsecure()) as EngineClient,
    request: () => new LogRequest() as LogRequest,
  };
}
