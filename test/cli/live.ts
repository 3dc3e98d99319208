import { AWS_ENV, type Ended, ended, start } from "./swap";

/** A swap that runs on while a test changes what it sees. */
export interface Live {
  /** Resolves with the first stdout line that fits, among those not taken yet. */
  line(fits: (line: string) => boolean): Promise<string>;
  /** The same for stderr. */
  remark(fits: (line: string) => boolean): Promise<string>;
  interrupt(): void;
  end: Promise<Ended>;
}

export function live(args: readonly string[], env: Record<string, string>): Live {
  const child = start(args, { ...AWS_ENV, ...env });
  const end = ended(child);
  const taker = (stream: NodeJS.ReadableStream) => {
    const lines: string[] = [];
    let rest = "";
    let wake = () => {};
    stream.on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      wake();
    });
    return async (fits: (line: string) => boolean) => {
      for (;;) {
        const index = lines.findIndex(fits);
        if (index >= 0) return lines.splice(0, index + 1)[index] as string;
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => {
            child.kill("SIGKILL");
            reject(new Error(`no such line within 2 min; there was: ${JSON.stringify(lines)}`));
          }, 120_000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          timer.unref();
        });
      }
    };
  };
  return {
    line: taker(child.stdout),
    remark: taker(child.stderr),
    interrupt: () => child.kill("SIGINT"),
    end,
  };
}
