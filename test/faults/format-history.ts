import type { Call, Played } from "./record";

/** A played history, a line for each call and each write, in the order in which they began. */
export function formatHistory({ start, calls, commits }: Played): string {
  const lines = [
    ...calls.map((call) => ({ turn: call.began, line: formatCall(call) })),
    ...commits.map(({ turn, kind, call, after, late }) => ({
      turn,
      line: `  ${late ? "late " : ""}${kind} of ${call.actor} (begun ${call.began}): ver ${after?.ver?.N ?? "-"}, barred ${after?.barred?.NS ?? "-"}, retired ${after?.retired?.NS ?? "-"}`,
    })),
  ].sort((a, b) => a.turn - b.turn);
  return [
    `start: ver ${start?.ver?.N ?? "-"}`,
    ...lines.map(({ turn, line }) => `${String(turn).padStart(4)} ${line}`),
  ].join("\n");
}

function formatCall({ actor, action: deed, ended, outcome, sent }: Call): string {
  const { do: name, ...what } = deed;
  const faults = sent.map(({ operation, fault }) => `${operation} ${fault}`).join(", ");
  return `${actor} ${name} ${JSON.stringify(what)} until ${ended}: ${JSON.stringify(outcome)} [${faults}]`;
}
