import { readdirSync, readFileSync } from "node:fs";

const EVERY_MS = 50;
/** The unit of /proc: Linux reports to programs in this one whatever its kernel counts in. */
const MS_PER_TICK = 10;

/**
 * Watches a process and those that it starts, also after their parents end.
 *
 * @returns a function that ends it and answers their processor time in ms; undefined where there is no
 *   /proc. What a process used in its last 50 ms may be missing.
 */
export function watchProcessor(pid) {
  const used = new Map([[pid, 0]]);
  const look = () => {
    const all = processes();
    for (let before = -1; before !== used.size; ) {
      before = used.size;
      for (const [child, { parent }] of all)
        if (used.has(parent) && !used.has(child)) used.set(child, 0);
    }
    for (const [each, { ticks }] of all) if (used.has(each)) used.set(each, ticks * MS_PER_TICK);
  };
  const timer = setInterval(look, EVERY_MS);
  look();
  return () => {
    clearInterval(timer);
    const total = [...used.values()].reduce((sum, each) => sum + each, 0);
    return total > 0 ? total : undefined;
  };
}

/** The processes of the machine: parent, and user and system time in ticks. */
function processes() {
  const found = new Map();
  let names = [];
  try {
    names = readdirSync("/proc");
  } catch {
    return found;
  }
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // The second field, the program's name in brackets, may hold blanks and brackets.
      const [, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      found.set(Number(name), {
        parent: Number(parent),
        ticks: Number(rest[9]) + Number(rest[10]),
      });
    } catch {
      // It ended in the meantime.
    }
  }
  return found;
}
