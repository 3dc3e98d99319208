import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Logs lines that the engine shows at a resource, by its URN; an empty one is the stack. */
export class EngineLog {
  private readonly engine: EngineClient | undefined;

  /** @param address the engine's address, the plugin's first argument; undefined if started by hand */
  constructor(address: string | undefined) {
    this.engine = address ? new EngineClient(address, credentials.createInsecure()) : undefined;
  }

  /** Shows progress; the line disappears when the work is done. */
  status(urn: string, line: string): void {
    const request = new LogRequest().setEphemeral(true).setSeverity(LogSeverity.INFO);
    this.log(request.setUrn(urn), line);
  }

  /** Shows a line in the run's output. */
  info(urn: string, line: string): void {
    this.log(new LogRequest().setSeverity(LogSeverity.INFO).setUrn(urn), line);
  }

  /** Shows a line among the run's warnings. */
  warn(urn: string, line: string): void {
    this.log(new LogRequest().setSeverity(LogSeverity.WARNING).setUrn(urn), line);
  }

  /** Sends a line; errors are ignored, since a line must not fail the run. */
  private log(request: LogRequest, line: string): void {
    this.engine?.log(request.setMessage(line), () => {});
  }
}
