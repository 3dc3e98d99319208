const PIPE_INTERVAL_MS = 20_000;
const TERMINAL_INTERVAL_MS = 500;

/** One line for a person. Always stderr: stdout carries only the result. */
export function say(line) {
  process.stderr.write(`pulumi-engine: ${line}\n`);
}

function elapsed(since) {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60
    ? `${seconds}s`
    : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/**
 * Shows `describe()` with the elapsed time until the function returned is called: rewritten in place on a
 * terminal, and now and then as a separate line in a log, where a silent minute looks like a hang.
 */
export function heartbeat(describe, stream = process.stderr) {
  const since = Date.now();
  const text = () => `pulumi-engine:   ${elapsed(since)} ${describe()}`;
  const draw = stream.isTTY
    ? () => stream.write(`\r\x1b[2K${text().slice(0, (stream.columns ?? 80) - 1)}`)
    : () => stream.write(`${text()}\n`);
  const timer = setInterval(draw, stream.isTTY ? TERMINAL_INTERVAL_MS : PIPE_INTERVAL_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (stream.isTTY) stream.write("\r\x1b[2K");
    return elapsed(since);
  };
}
