import fc from "fast-check";
import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable, versionTables } from "./dynamodb";
import { killedUp } from "./killed-up";
import type { PausedRequestOutcome } from "./pausing-proxy";
import { Project } from "./project";

/**
 * Cut-overs killed at random requests. Each takes the alias one version further and drops the
 * version before the one it leaves: reads, gates, adoptions, the write and a deletion are all hit.
 */
const KILLS = Number(process.env.RANDOM_KILLS ?? 6);
/** Repeats one kill: its seed is in the name of the test that failed. */
const replayed = process.env.KILL_SEED;

const alias = "randomly";
const control = "randomly_swap";
const ref = { client: dynamodb(), controlTable: control };

/** Whether the new version's table is there before the run, or made by it. */
type Table = "there" | "made";

const draw = fc.record({
  /** Where in the run: a fraction of the requests that a whole run sends. */
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  outcome: fc.constantFrom<PausedRequestOutcome>("arrives", "is lost"),
  table: fc.constantFrom<Table>("there", "made"),
});

interface Drawn {
  at: number;
  outcome: PausedRequestOutcome;
  table: Table;
}

const drawn = (seed: number) => fc.sample(draw, { seed, numRuns: 1 })[0] as Drawn;

/** What must be among the kills, however few they are. */
const KINDS: Omit<Drawn, "at">[] = [
  { table: "there", outcome: "arrives" },
  { table: "there", outcome: "is lost" },
  { table: "made", outcome: "is lost" },
  { table: "there", outcome: "arrives" },
  { table: "there", outcome: "is lost" },
  { table: "made", outcome: "arrives" },
];

/** Random seeds, each of the kind whose turn it is. */
function randomSeeds(): number[] {
  let seed = Math.floor(Math.random() * 1e9);
  return Array.from({ length: KILLS }, (_, each) => {
    const kind = KINDS[each % KINDS.length];
    for (;;) {
      seed += 1;
      const { table, outcome } = drawn(seed);
      if (table === kind?.table && outcome === kind.outcome) return seed;
    }
  });
}

const seeds = replayed ? [Number(replayed)] : randomSeeds();

const program = (active: number, newest: string) => {
  const kept = active > 1 ? `${active - 1}: {}, ` : "";
  return `new swap.VersionedTable("data", {
    alias: "${alias}", controlTable: "${control}",
    table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
    retention: { grace: "0s", readersRefresh: "0s" },
    versions: { ${kept}${active}: ${newest} }, activeVersion: ${active} });`;
};

let project: Project;
let live = 1;
/** The requests of a whole run. */
const whole = {} as Record<Table, number>;

/** Declares the next version. */
async function declareNext(table: Table): Promise<void> {
  live += 1;
  if (table === "there") await versionTable(`${alias}_v${live}`);
  project.write(program(live, table === "there" ? "{ adopt: true }" : "{}"));
}

/** Everything is as declared, once: no double effect, and no table that nobody knows. */
async function expectConverged(): Promise<void> {
  expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  const row = await findActive(ref, alias);
  expect(row?.version).toBe(live);
  expect(row?.history.map(({ version, kind }) => `${kind} ${version}`)).toEqual(
    Array.from({ length: live }, (_, each) => `set ${each + 1}`),
  );
  expect(await versionTables(alias)).toEqual([`${alias}_v${live - 1}`, `${alias}_v${live}`].sort());
}

beforeAll(async () => {
  await controlTable(control);
  project = new Project(program(1, "{}"));
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  await declareNext("made");
  expect(await project.up()).toMatchObject({ code: 0 });
  for (const table of ["there", "made"] as const) {
    await declareNext(table);
    let requests = 0;
    const count = () => ++requests < 0;
    expect(await killedUp(project, count, "is lost")).toBe(false);
    whole[table] = requests;
  }
});
afterAll(() => project.remove());

test.each(seeds)("a cut-over killed by KILL_SEED=%d converges when run again", async (seed) => {
  const { at, outcome, table } = drawn(seed);
  let point = 1 + Math.floor(at * whole[table]);
  for (;;) {
    await declareNext(table);
    let requests = 0;
    if (await killedUp(project, () => ++requests >= point, outcome)) break;
    // A run asks a little less or more as it waits for tables: this one ended before the point.
    point -= 1;
  }
  const again = await project.up();
  if (again.code !== 0) {
    expect(table).toBe("made");
    expect(again.output).toMatch(/Table already exists: \w+/);
    project.write(program(live, "{ adopt: true }"));
    expect(await project.up()).toMatchObject({ code: 0 });
  }
  await expectConverged();
});
