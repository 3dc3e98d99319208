import { once } from "node:events";

/** Whether there is a person to ask. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks on the terminal; only the word yes confirms. */
export async function confirmed(question: string): Promise<boolean> {
  process.stderr.write(`swap: ${question} Type yes: `);
  const ended = new AbortController();
  const line = once(process.stdin, "data", { signal: ended.signal });
  const end = once(process.stdin, "end", { signal: ended.signal });
  const [answer] = (await Promise.race([line, end])) as [Buffer | undefined];
  ended.abort();
  process.stdin.pause();
  await Promise.allSettled([line, end]);
  return String(answer ?? "").trim() === "yes";
}
