import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export const root = join(__dirname, "../../..");

/** A script of this checkout, run in a separate process. It imports the compiled package. */
export class Script {
  readonly #child: ChildProcess;
  stdout = "";
  stderr = "";

  constructor(
    file: string,
    args: string[],
    { env, cwd = root }: { env: Record<string, string>; cwd?: string },
  ) {
    this.#child = spawn(process.execPath, [join(root, file), ...args], {
      cwd,
      env: {
        PATH: process.env.PATH ?? "",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        ...env,
      },
    });
    this.#child.stdout?.on("data", (data) => {
      this.stdout += data;
    });
    this.#child.stderr?.on("data", (data) => {
      this.stderr += data;
    });
  }

  /**
   * The first match in what it has printed, once there is one.
   *
   * @throws Error if it ends before
   */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match) return match;
      if (this.#ended) throw new Error(`it ended: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async end(): Promise<number | null> {
    if (!this.#ended) await once(this.#child, "close");
    return this.#child.exitCode;
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
