import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Lines that the engine shows next to a resource while it works. */
export class EngineLog {
  private readonly engine: EngineClient | undefined;

  /** @param address the engine's, the plugin's first argument; none when it is started by hand */
  constructor(address: string | undefined) {
    this.engine = address ? new EngineClient(address, credentials.createInsecure()) : undefined;
  }

  /** Progress: the line goes away when the work is done. */
  status(urn: string, line: string): void {
    const request = new LogRequest().setEphemeral(true).setSeverity(LogSeverity.INFO);
    this.log(request.setUrn(urn), line);
  }

  /** In the run's output. */
  info(line: string): void {
    this.log(new LogRequest().setSeverity(LogSeverity.INFO), line);
  }

  /** Among the run's warnings. */
  warn(line: string): void {
    this.log(new LogRequest().setSeverity(LogSeverity.WARNING), line);
  }

  /** A line is never worth a failure. */
  private log(request: LogRequest, line: string): void {
    this.engine?.log(request.setMessage(line), () => {});
  }
}
