/**
 * From when on after the first one a signal is a second one, in milliseconds. For one Ctrl-C, the terminal and npm send one
 * signal each; systemd sends SIGTERM and SIGHUP together.
 */
const SECOND_AFTER_MS = 1_000;

/** SIGHUP comes when the terminal goes away, as with a dropped ssh session. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A handler of signals: calls `first`, and `second` for a signal at least a second later. */
export function signalHandler(first: () => void, second: () => void): () => void {
  let begun: number | undefined;
  return () => {
    if (begun !== undefined) {
      if (performance.now() - begun >= SECOND_AFTER_MS) second();
      return;
    }
    begun = performance.now();
    first();
  };
}

/** Has signals call the handler, in place of those that there are. */
export async function whileInterrupted<T>(handler: () => void, work: () => Promise<T>): Promise<T> {
  const handlers = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, handler);
  try {
    return await work();
  } finally {
    for (const [signal, before] of handlers) {
      process.off(signal, handler);
      for (const each of before) process.on(signal, each as () => void);
    }
  }
}
