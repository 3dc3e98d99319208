import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const checkout = resolve(__dirname, "../..");

/** An answer of the service: its version, and when the service says that its request began. */
export interface Answer {
  version: number;
  began: number;
}

/** The example query service in a separate process. */
export class Service {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(env: NodeJS.ProcessEnv): Promise<Service> {
    const child = spawn("node", ["examples/reader/server.mjs"], {
      cwd: checkout,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const url = /^listening on (\S+)/.exec(line)?.[1];
      if (url) return new Service(child, url);
    }
    throw new Error("the service did not start");
  }

  async status(): Promise<{ longestReadMs: number; counters: { refreshErrors: number } }> {
    return (await (await fetch(`${this.url}/status`)).json()) as never;
  }

  async stop(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await gone;
  }
}

/** Asks page after page until told to stop; one client, so its answers are in order. */
export class LoadClient {
  readonly answers: Answer[] = [];
  readonly failed: string[] = [];
  readonly mixed: string[] = [];
  private going = true;

  constructor(
    private readonly url: string,
    private readonly items: number,
  ) {}

  async run(): Promise<void> {
    while (this.going) {
      try {
        const response = await fetch(`${this.url}/items?limit=${this.items}`);
        const text = await response.text();
        if (response.ok) this.take(text, Number(response.headers.get("x-request-began")));
        else this.failed.push(text);
      } catch (error) {
        this.failed.push(String(error));
      }
    }
  }

  stop(): void {
    this.going = false;
  }

  private take(text: string, began: number): void {
    const { version, items } = JSON.parse(text) as {
      version: number;
      items: { version: number }[];
    };
    this.answers.push({ version, began });
    if (items.length !== this.items || items.some((item) => item.version !== version))
      this.mixed.push(text);
  }
}
