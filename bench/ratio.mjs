// One figure of a section: ours divided by another that was measured in the same run.

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of two series of times taken in turn: the median of the ratios round by round, and their range. */
export function paired(name, ours, theirs, goal) {
  const ratios = ours.map((each, round) => each / theirs[round]);
  const figure = { name, ratio: median(ratios), goal };
  if (ratios.length > 1)
    Object.assign(figure, { least: Math.min(...ratios), most: Math.max(...ratios) });
  return figure;
}

/** Of two counts. */
export function counted(name, ours, theirs, goal) {
  return { name, ratio: ours / theirs, goal };
}

export function met({ ratio, goal }) {
  return goal === undefined || round(ratio) <= goal;
}

export function shown({ name, ratio, goal, least, most }) {
  const range = least === undefined ? "" : `  (${round(least)} to ${round(most)})`;
  const wanted = goal === undefined ? "" : `  goal: at most ${goal}`;
  const missed = met({ ratio, goal }) ? "" : "  MISSED";
  return `${name.padEnd(64)} ${String(round(ratio)).padStart(7)}${range}${wanted}${missed}`;
}

/** Two decimals, or three significant digits if that is shorter. */
export function round(ratio) {
  return ratio >= 0.1 ? Number(ratio.toFixed(2)) : Number(ratio.toPrecision(2));
}
