import { ActiveVersionHandler } from "../../src/dynamic/active-version-handler";
import { Clients } from "../../src/dynamic/clients";
import { RetentionPlanHandler } from "../../src/dynamic/retention-plan-handler";
import { MigrationStore, readTableIds } from "../../src/migration";
import { getActive, permitDeletion, rollback, setActive } from "../../src/pointer";
import { deletionBlock, versionStatus } from "../../src/retention";
import { defined, parseDuration } from "../../src/validation";
import { onEveryBackend } from "../support/backends";
import { goSet } from "../support/go-writer";
import { recordReadyRun } from "../support/ready-run";
import { refused } from "../support/refused";
import { clientAt, getRaw, makeBench, spoil } from "./pointer/bench";
import { interfere } from "./readiness/interfere";
import { createTable } from "./readiness/stores";

/** Preview, update and the command line judge a version by the same row alike. */
onEveryBackend((backend, endpoint) => {
  const { ref, alias } = makeBench(backend, endpoint);
  const handler = () => new ActiveVersionHandler(new Clients(() => ref().client));

  /** What is declared of an alias, without a gate that asks for its table. */
  const declared = (name: string, version: number, more: object = {}) => ({
    alias: name,
    controlTable: "bench",
    version,
    readiness: { table: false },
    ...more,
  });

  async function rolledBack(): Promise<string> {
    const name = alias();
    for (const version of [3, 4, 5]) await setActive(ref(), name, version);
    await rollback(ref(), name, { from: 5, to: 4 });
    return name;
  }

  /** Records a verification that found no differences, of tables that exist. */
  async function recordVerification(name: string, from: number, to: number): Promise<void> {
    const { client } = ref();
    for (const version of [from, to]) await createTable(client, `${name}_v${version}`, { pk: "S" });
    const source = `${name}_v${from}`;
    const tables = await readTableIds(client, { source, target: `${name}_v${to}` });
    const store = new MigrationStore({ client }, name, to);
    await store.createTable();
    const begun = await store.startVerification({
      tables,
      from,
      transform: "none",
      startedAt: Date.now(),
    });
    const result = {
      sourceItems: 7,
      leftOut: 0,
      targetItems: 7,
      differences: [],
      complete: true,
      readUnits: 1,
    };
    await store.finishVerification(begun, result, Date.now());
  }

  const preview = async (inputs: ReturnType<typeof declared>) => {
    const { failures = [] } = await handler().check({}, inputs);
    return failures.map(({ reason }) => reason);
  };

  const refusals: [string, number, object, string, (name: string) => Promise<unknown>][] = [
    ["a barred version", 5, {}, "swap.version-barred", async () => {}],
    [
      "a retired version",
      6,
      {},
      "swap.version-retired",
      (name) => permitDeletion(ref(), name, 6, () => {}),
    ],
    [
      "a rollback to a retired version",
      3,
      { rollbackFrom: 4 },
      "swap.version-retired",
      (name) => permitDeletion(ref(), name, 3, () => {}),
    ],
    [
      "a row with a corrupt attribute",
      6,
      {},
      "swap.malformed-row",
      (name) => spoil(ref(), name, "retired", { S: "6" }),
    ],
  ];
  test.each(refusals)(
    "%s: preview, update and swap versions refuse it alike",
    async (_what, version, more, code, prepare) => {
      const name = await rolledBack();
      await prepare(name);
      const before = await getRaw(ref(), name);
      const inputs = declared(name, version, more);
      const refusal = await refused(handler().create(inputs), code as "swap.version-barred");
      expect(await preview(inputs)).toEqual([refusal.line]);
      const row = await getActive(ref(), name);
      expect(versionStatus(name, row, version).refused).toBe(code);
      expect(await getRaw(ref(), name)).toEqual(before);
    },
  );

  test("a gate that refuses leaves the bar and the history", async () => {
    const name = await rolledBack();
    const before = await getRaw(ref(), name);
    const inputs = { ...declared(name, 5, { liftBar: 5 }), readiness: { table: true } };
    expect(await preview(inputs)).toEqual([]);
    await refused(handler().create(inputs), "swap.not-ready");
    expect(await getRaw(ref(), name)).toEqual(before);
  });

  test("liftBar lifts the bar with the update", async () => {
    const name = await rolledBack();
    const inputs = declared(name, 5, { liftBar: 5 });
    expect(await preview(inputs)).toEqual([]);
    expect((await handler().create(inputs)).outs).toMatchObject({ version: 5 });
    expect(await getActive(ref(), name)).toMatchObject({ version: 5, barred: [] });
    expect(await handler().diff("", inputs as never, inputs)).toEqual({ changes: false });
  });

  test("a liftBar that the last update declared lifts no bar that came since", async () => {
    const name = await rolledBack();
    const { id, outs } = await handler().create(declared(name, 5, { liftBar: 5 }));
    await rollback(ref(), name, { from: 5, to: 4 });
    const again = declared(name, 5, { liftBar: 5 });
    const { failures = [] } = await handler().check(outs, again);
    expect(failures).toEqual([
      { property: "version", reason: expect.stringMatching(/activeVersion: 4, rollbackFrom: 5 /) },
    ]);
    await refused(handler().update(id, outs, again), "swap.input-invalid");
    expect(await getActive(ref(), name)).toMatchObject({ version: 4, barred: [5] });

    // The way that the refusal names.
    const back = await handler().update(id, outs, declared(name, 4, { rollbackFrom: 5 }));
    await handler().update(id, back.outs, again);
    expect(await getActive(ref(), name)).toMatchObject({ version: 5, barred: [] });
  });

  test("a time of another writer that is none is printed as it is", async () => {
    const name = alias();
    await setActive(ref(), name, 3);
    await goSet(ref(), name, 4, 8_700_000_000_000_000);
    await createTable(ref().client, `${name}_v3`, { pk: "S" });
    const { swap, lines } = talking();
    const { failures } = await swap.check({}, declared(name, 3, { rollbackFrom: 4 }));
    expect({ failures, told: lines()[1] }).toEqual({
      failures: [],
      told: expect.stringContaining("since 8700000000000000"),
    });
  });

  test("liftBar of another barred version is refused when the pointer would change", async () => {
    const name = await rolledBack();
    const inputs = declared(name, 6, { liftBar: 5 });
    const refusal = await refused(handler().create(inputs), "swap.input-invalid");
    expect(refusal.payload).toMatchObject({ name: "liftBar", value: "5" });
    expect(await preview(inputs)).toEqual([refusal.line]);
    expect(await getActive(ref(), name)).toMatchObject({ version: 4, barred: [5] });
  });

  test("a leftover liftBar is harmless: nothing to lift, or no update to make", async () => {
    const name = await rolledBack();
    expect(await preview(declared(name, 4, { liftBar: 5 }))).toEqual([]);
    expect(await preview(declared(name, 6, { liftBar: 3 }))).toEqual([]);
    await handler().create(declared(name, 6, { liftBar: 3 }));
    expect(await getActive(ref(), name)).toMatchObject({ version: 6, barred: [5] });
  });

  test("liftBar does not open a barred version to a rollback", async () => {
    const name = await rolledBack();
    await setActive(ref(), name, 6);
    const inputs = declared(name, 5, { rollbackFrom: 6, liftBar: 5 });
    const refusal = await refused(handler().create(inputs), "swap.input-invalid");
    expect(refusal.payload).toMatchObject({ name: "liftBar", value: "5" });
    expect(await preview(inputs)).toEqual([refusal.line]);
    expect(await getActive(ref(), name)).toMatchObject({ version: 6, barred: [5] });
  });

  test("a barred version that a Go writer activated loses its bar, as a change, if liftBar declares it", async () => {
    const name = await rolledBack();
    await goSet(ref(), name, 5, 42);
    const plain = declared(name, 5);
    expect(await handler().diff("", plain as never, plain)).toEqual({ changes: false });
    const inputs = declared(name, 5, { liftBar: 5 });
    expect(await handler().diff("", plain as never, inputs)).toEqual({ changes: true });
    expect(await preview(inputs)).toEqual([]);
    await handler().update("", plain as never, inputs);
    expect(await getActive(ref(), name)).toMatchObject({ version: 5, foreign: true, barred: [] });
    expect(await handler().diff("", plain as never, inputs)).toEqual({ changes: false });
  });

  test("a version that goes live after the gates have passed stops a verified cut-over", async () => {
    const name = alias();
    await setActive(ref(), name, 2);
    await recordVerification(name, 2, 4);
    const client = clientAt(endpoint());
    let moved = false;
    interfere(client, async ({ action, go }) => {
      if (action === "UpdateItem" && !moved) {
        moved = true;
        await setActive(ref(), name, 3);
      }
      return go();
    });
    const cutting = new ActiveVersionHandler(new Clients(() => client));
    const inputs = declared(name, 4, { readiness: { table: false, verify: { within: "1h" } } });
    try {
      const { payload } = await refused(cutting.create(inputs), "swap.expectation-failed");
      expect(payload).toMatchObject({ expected: 2, active: 3 });
    } finally {
      client.destroy();
    }
    expect(await getActive(ref(), name)).toMatchObject({ version: 3 });
  });

  test("a first version that goes live while the gates run stops a cut-over without a verification", async () => {
    const name = alias();
    await createTable(ref().client, `${name}_v4`, { pk: "S" });
    const client = clientAt(endpoint());
    let moved = false;
    interfere(client, async ({ action, go }) => {
      if (action === "DescribeTable" && !moved) {
        moved = true;
        await setActive(ref(), name, 3);
      }
      return go();
    });
    const cutting = new ActiveVersionHandler(new Clients(() => client));
    const inputs = declared(name, 4, { readiness: { verify: { within: "1h" } } });
    try {
      const { payload } = await refused(cutting.create(inputs), "swap.not-ready");
      expect(payload).toMatchObject({ gate: "verify", reason: expect.stringContaining("3") });
    } finally {
      client.destroy();
    }
    expect(await getActive(ref(), name)).toMatchObject({ version: 3 });
  });

  test("a version that a migration fills needs an active version, its table, and a gate that shows the copy", async () => {
    const name = alias();
    const { client } = ref();
    const verify = { within: "1h" };
    const filled = (readiness: object) => declared(name, 4, { migratedFrom: 3, readiness });
    expect(await preview(filled({ verify }))).toEqual([
      expect.stringContaining("no version is active"),
    ]);
    await setActive(ref(), name, 3);
    expect(await preview(filled({ verify }))).toEqual([
      expect.stringMatching(/table does not exist yet.*activeVersion: 3/),
    ]);
    await createTable(client, `${name}_v4`, { pk: "S" });
    for (const readiness of [{ table: false }, { migration: false }])
      expect(await preview(filled(readiness))).toEqual([
        expect.stringContaining("readiness: { migration: true }"),
      ]);
    expect(await preview(filled({ verify }))).toEqual([]);
    for (const migration of [true, {}, { lag: "1m" }])
      expect(await preview(filled({ migration }))).toEqual([]);
    const moving = (writers?: "fenced" | "stopped") => {
      const migration = { from: 3, to: 4, ...(writers && { writers }) };
      return preview(declared(name, 4, { migratedFrom: 3, readiness: { verify }, migration }));
    };
    expect(await moving()).toEqual([
      expect.stringMatching(
        /versions\.4\.migrateFrom\.writers.*writers: "fenced".*writers: "stopped"/,
      ),
    ]);
    expect([await moving("fenced"), await moving("stopped")]).toEqual([[], []]);
    const store = new MigrationStore({ client }, name, 4);
    await store.createTable();
    const copy = { from: 3, transform: "0123456789abcdef", segments: 1, startedAt: 1 };
    await store.start({ ...copy, tables: { source: "3", target: "4" }, engine: "lambda" });
    expect(await moving("stopped")).toEqual([
      expect.stringMatching(/versions\.4\.migrateFrom\.transform.*0123456789abcdef/),
    ]);
    await setActive(ref(), name, 4);
    expect(await moving()).toEqual([]);
    expect(await preview(filled({ table: false }))).toEqual([]);
  });

  test("a version that functions fill can't become active in a program that leaves migrateFrom out", async () => {
    const name = alias();
    const { client } = ref();
    await setActive(ref(), name, 3);
    const store = new MigrationStore({ client }, name, 4);
    await store.createTable();
    const copy = { from: 3, transform: "none", segments: 64, startedAt: 1 };
    await store.start({ ...copy, tables: { source: "a", target: "b" }, engine: "lambda" });
    const within = { verify: { within: "1h" } };
    const another = { migratedFrom: 2, migration: { from: 2, to: 4, writers: "fenced" } };
    for (const more of [{}, { readiness: within }, another])
      expect(await preview(declared(name, 4, more))).toEqual([
        expect.stringMatching(
          /activeVersion.*from version 3.*4: \{ migrateFrom: \{ version: 3 \} \}/,
        ),
      ]);
    await setActive(ref(), name, 4);
    expect(await preview(declared(name, 4))).toEqual([]);
    expect(await preview(declared(name, 3, { rollbackFrom: 4 }))).toEqual([]);
  });

  test("an inverse that the update that moves changes, adds or takes out is refused", async () => {
    const name = alias();
    const { client } = ref();
    await setActive(ref(), name, 3);
    await createTable(client, `${name}_v4`, { pk: "S" });
    const store = new MigrationStore({ client }, name, 4);
    await store.createTable();
    const copy = { from: 3, transform: "none", segments: 1, startedAt: 1 };
    const tables = { source: "3", target: "4" };
    const { run } = await store.start({ ...copy, tables, engine: "lambda" });
    const moving = (inverse?: unknown) => {
      const migration = { from: 3, to: 4, writers: "fenced", ...(inverse ? { inverse } : {}) };
      const readiness = { table: false, migration: true };
      return preview(declared(name, 4, { migratedFrom: 3, readiness, migration }));
    };
    const file = (hash: string) => ({ code: "export default (item) => item;", hash });
    const changed = [
      expect.stringMatching(/versions\.4\.migrateFrom\.inverse.*activeVersion: 3 first/),
    ];
    expect([await moving(), await moving("same")]).toEqual([[], changed]);
    await store.declareInverse(run, "0123456789abcdef");
    expect(await moving(file("0123456789abcdef"))).toEqual([]);
    for (const other of [undefined, "same", file("fedcba9876543210")])
      expect(await moving(other)).toEqual(changed);
  });

  test("a rollback that crosses a recorded migration by other files, or by none, is refused", async () => {
    const name = alias();
    const { client } = ref();
    for (const version of [3, 4]) await setActive(ref(), name, version);
    const store = new MigrationStore({ client }, name, 4);
    await store.createTable();
    const [forward, inverse] = ["0123456789abcdef", "1123456789abcdef"];
    const copy = { from: 3, transform: forward, segments: 1, startedAt: 1 };
    const tables = { source: "3", target: "4" };
    const { run } = await store.start({ ...copy, tables, engine: "lambda" });
    const file = (hash: string) => ({ code: "export default (item) => item;", hash });
    const back = (migration?: object) =>
      preview(
        declared(name, 3, {
          rollbackFrom: 4,
          ...(migration && { migration: { from: 3, to: 4, writers: "fenced", ...migration } }),
        }),
      );
    // Nothing that was written to version 4 goes back: a rollback abandons it, whatever is declared.
    expect(await back()).toEqual([]);
    await store.declareInverse(run, inverse);
    expect(await back({ transform: file(forward), inverse: file(inverse) })).toEqual([]);
    for (const [field, migration] of [
      ["transform", { transform: file("f".repeat(16)), inverse: file(inverse) }],
      ["transform", { inverse: file(inverse) }],
      ["inverse", { transform: file(forward), inverse: file("f".repeat(16)) }],
      ["inverse", { transform: file(forward), inverse: "same" }],
      ["inverse", { transform: file(forward) }],
      ["inverse", undefined],
    ] as const) {
      const [refusal, ...more] = await back(migration);
      expect([field, refusal, more]).toEqual([
        field,
        expect.stringContaining(migration ? `versions.4.migrateFrom.${field}` : "rollbackFrom"),
        [],
      ]);
      expect(refusal).toMatch(
        new RegExp(`swap rollback ${name} --from 4 .*--writers.*--inverse; .* --abandon`),
      );
    }
  });

  test.each(["same", "0123456789abcdef"])(
    "a rollback to which the inverse %s came too late is refused with it, and abandons writes without",
    async (inverse) => {
      const name = alias();
      const { client } = ref();
      for (const version of [3, 4]) await setActive(ref(), name, version);
      for (const version of [3, 4]) await createTable(client, `${name}_v${version}`, { pk: "S" });
      const { store, started } = await recordReadyRun(client, name, 3, 4);
      await store.declareInverse(started.run, inverse);
      const late = { at: 1, late: true, failure: "active", sampled: 0, changed: 0, failed: 0 };
      await store.recordProof(started.run, inverse, { ...late, lossy: false }, false);
      const file = { code: "export default (item) => item;", hash: inverse };
      const migration = { from: 3, to: 4, writers: "fenced" };
      const kept = { ...migration, inverse: inverse === "same" ? inverse : file };
      const back = (more: object) => declared(name, 3, { rollbackFrom: 4, ...more });
      const [refusal, ...more] = await preview(back({ migration: kept }));
      expect(more).toEqual([]);
      expect(refusal).toMatch(/active before.*take migrateFrom out.*--abandon$/);
      // Both ways that it names are open.
      expect(await preview(back({ migration }))).toEqual([]);
      const { swap, lines } = talking();
      expect((await swap.check({}, back({}))).failures).toEqual([]);
      expect(lines().at(-1)).toMatch(/^warning: .*abandons/);
      await swap.create(back({}));
      expect(await getActive(ref(), name)).toMatchObject({ version: 3, barred: [4] });
    },
  );

  test("a cut-over that comes between the check and the update makes no rollback without the way back", async () => {
    const name = alias();
    const { client } = ref();
    await setActive(ref(), name, 3);
    await createTable(client, `${name}_v3`, { pk: "S" });
    const store = new MigrationStore({ client }, name, 4);
    await store.createTable();
    const copy = { from: 3, transform: "none", segments: 1, startedAt: 1 };
    const tables = { source: "3", target: "4" };
    const { run } = await store.start({ ...copy, tables, engine: "lambda" });
    await store.declareInverse(run, "same");
    const leftover = declared(name, 3, { rollbackFrom: 4 });
    expect(await preview(leftover)).toEqual([]);
    await setActive(ref(), name, 4);
    const { line } = await refused(handler().create(leftover), "swap.input-invalid");
    expect(line).toContain("goes back by its migration");
    expect(await getActive(ref(), name)).toMatchObject({ version: 4, barred: [] });
  });

  test("a version that functions filled from another one than the active can't become active", async () => {
    const name = alias();
    await setActive(ref(), name, 2);
    await setActive(ref(), name, 3);
    const store = new MigrationStore({ client: ref().client }, name, 4);
    await store.createTable();
    const copy = { from: 2, transform: "none", segments: 64, startedAt: 1 };
    await store.start({ ...copy, tables: { source: "a", target: "b" }, engine: "lambda" });
    for (const from of [2, 3]) {
      const migration = { migratedFrom: from, migration: { from, to: 4, writers: "fenced" } };
      expect(await preview(declared(name, 4, migration))).toEqual([
        expect.stringMatching(/from version 2.*version 3 is active.*migrateFrom: \{ version: 3 \}/),
      ]);
    }
  });

  test("a preview refuses a move while the record of the version's migration can't be read", async () => {
    const name = alias();
    for (const version of [2, 3]) await setActive(ref(), name, version);
    const client = clientAt(endpoint());
    interfere(client, async ({ action, input, go }) => {
      if (action !== "GetItem" || input.TableName !== `${name}_migration`) return go();
      throw Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
    });
    const checking = new ActiveVersionHandler(new Clients(() => client));
    try {
      const { failures = [] } = await checking.check({}, declared(name, 4));
      expect(failures.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/GetItem.*_migration.*allow dynamodb:GetItem/),
      ]);
      expect((await checking.check({}, declared(name, 3))).failures).toEqual([]);
      const back = await checking.check({}, declared(name, 2, { rollbackFrom: 3 }));
      expect(back.failures?.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/allow dynamodb:GetItem.*swap rollback \S+ --from 3 --abandon/),
      ]);
    } finally {
      client.destroy();
    }
  });

  test("an alias that is too long for the name of a migration's table can move", async () => {
    const name = `${alias()}-${"a".repeat(250)}`.slice(0, 248);
    await setActive(ref(), name, 3);
    expect(await preview(declared(name, 4))).toEqual([]);
  });

  test("the gate migration is refused in a preview for a version that no migration fills", async () => {
    const name = alias();
    const given = (version: number, migration: unknown, more: object = {}) =>
      preview(declared(name, version, { readiness: { migration } as object, ...more }));
    await setActive(ref(), name, 3);
    await createTable(ref().client, `${name}_v4`, { pk: "S" });
    for (const migration of [true, { lag: "1m" }])
      expect(await given(4, migration)).toEqual([
        expect.stringMatching(/readiness\.migration.*version 4.*migrateFrom: \{ version: 3 \}/),
      ]);
    expect(await given(4, false)).toEqual([]);
    expect(await given(3, true)).toEqual([]);
    await setActive(ref(), name, 4);
    expect(await given(3, true, { rollbackFrom: 4 })).toEqual([]);
  });

  test("a preview shows what the gates migration and verify say, and refuses nothing", async () => {
    const name = alias();
    await setActive(ref(), name, 3);
    const shown: string[] = [];
    const dependencies = { warn: (line: string) => shown.push(line) };
    const previewing = new ActiveVersionHandler(new Clients(() => ref().client), dependencies);
    await createTable(ref().client, `${name}_v4`, { pk: "S" });
    const readiness = { table: false, migration: true, verify: { within: "1h" } };
    const inputs = declared(name, 4, { migratedFrom: 3, readiness });
    expect((await previewing.check({}, inputs)).failures).toEqual([]);
    expect(shown).toEqual([
      expect.stringMatching(/would be refused now.*gate migration\): no copy/),
      expect.stringMatching(/would be refused now.*gate verify/),
    ]);
  });

  test("a preview shows what the gate verify says, and refuses nothing", async () => {
    const name = alias();
    await setActive(ref(), name, 3);
    const shown: string[] = [];
    const dependencies = {
      info: (line: string) => void (line.startsWith(name) || shown.push(line)),
      warn: (line: string) => shown.push(`warning: ${line}`),
      onProgress: (line: string) => shown.push(`progress: ${line}`),
    };
    const previewing = new ActiveVersionHandler(new Clients(() => ref().client), dependencies);
    const inputs = declared(name, 4, { readiness: { table: false, verify: { within: "1h" } } });
    const check = async (more: object = {}) => {
      shown.splice(0);
      const { failures = [] } = await previewing.check({}, { ...inputs, ...more });
      expect(failures).toEqual([]);
      return shown.join();
    };
    expect(await check()).toMatch(/^warning: pulumi up .*recorded/);
    await recordVerification(name, 3, 4);
    expect(await check()).toMatch(/^verify: 0 differences: 7 items of version 3/);
    expect(await check({ readiness: { table: false } })).toBe("");
    expect(await check({ version: 3 })).toBe("");
    // The update has had it shown by its check.
    shown.splice(0);
    await previewing.create(inputs);
    expect(shown).toEqual([]);
  });

  test("a gate that is skipped for the first version is said once", async () => {
    const shown: string[] = [];
    const say = (line: string) => void (/skipped/.test(line) && shown.push(line));
    const dependencies = { info: say, onProgress: say };
    const swap = new ActiveVersionHandler(new Clients(() => ref().client), dependencies);
    const readiness = { table: false, verify: { within: "1h" } };
    const inputs = declared(alias(), 3, { readiness });
    await swap.check({}, inputs);
    await swap.create(inputs);
    expect(shown).toEqual([expect.stringMatching(/^verify: skipped, no version is active/)]);
  });

  /** A handler and the lines that it shows. */
  function talking(client = ref().client) {
    const shown: string[] = [];
    const swap = new ActiveVersionHandler(new Clients(() => client), {
      info: (line) => shown.push(line),
      warn: (line) => shown.push(`warning: ${line}`),
    });
    return { swap, lines: () => shown.splice(0) };
  }

  test("a rollback across a migration whose items go back needs writers, and abandons nothing", async () => {
    const name = alias();
    const { client } = ref();
    const { swap, lines } = talking();
    for (const version of [3, 4]) await createTable(client, `${name}_v${version}`, { pk: "S" });
    for (const version of [3, 4]) await setActive(ref(), name, version);
    const back = async (migration: object) => {
      const inputs = declared(name, 3, { rollbackFrom: 4, migration });
      const { failures = [] } = await swap.check({}, inputs);
      return { refused: failures.map(({ reason }) => reason), said: lines() };
    };
    const going = { from: 3, to: 4, inverse: "same" };
    const fenced = { ...going, writers: "fenced" };
    expect((await back(going)).refused).toEqual([expect.stringContaining("migrateFrom.writers")]);
    const oneWay = await back({ from: 3, to: 4, writers: "fenced" });
    expect(oneWay).toEqual({
      refused: [],
      said: [expect.anything(), expect.stringContaining("abandons")],
    });

    // Nothing is recorded of the migration, then not of its inverse.
    const unrecorded = async () => {
      const {
        refused: [line],
        said,
      } = await back(fenced);
      expect(said).toEqual([]);
      expect(line).toMatch(
        new RegExp(
          `^version 3 .*gate migration.*version 4 goes back.*take migrateFrom out.*${name} --from 4 --abandon$`,
        ),
      );
      const { payload } = await refused(
        swap.create(declared(name, 3, { rollbackFrom: 4, migration: fenced })),
        "swap.not-ready",
      );
      expect(payload).toMatchObject({ gate: "migration", table: `${name}_v3` });
    };
    await unrecorded();
    const {
      store,
      started: { run },
    } = await recordReadyRun(client, name, 3, 4);
    await unrecorded();
    expect(await getActive(ref(), name)).toMatchObject({ version: 4, barred: [] });

    await store.declareInverse(run, "same");
    const plan = expect.stringMatching(/ from 4 to 3; .* fenced writers wait/);
    const unproven = expect.stringMatching(/^warning: .*would be refused now.*not proven yet/);
    expect(await back(fenced)).toEqual({ refused: [], said: [plan, unproven] });
    const proof = { at: Date.now(), sampled: 7, changed: 0, failed: 0, lossy: false };
    await store.recordProof(run, "same", proof, true);
    const proven = /migration: .*version 4 goes back, proven with 7 sampled items/.source;
    expect(await back(fenced)).toEqual({
      refused: [],
      said: [plan, expect.stringMatching(`^${proven}$`)],
    });
    await store.recordProof(run, "same", { ...proof, changed: 2, lossy: true }, true);
    const loss = expect.stringMatching(
      `^warning: ${proven}, .*\\b2 come back changed.* loss: "declared"`,
    );
    expect(await back(fenced)).toEqual({ refused: [], said: [plan, loss] });
  });

  test("a preview says that a move across a migration would be refused, whatever gate is declared", async () => {
    const name = alias();
    const { client } = ref();
    const { swap, lines } = talking();
    await setActive(ref(), name, 3);
    for (const version of [3, 4]) await createTable(client, `${name}_v${version}`, { pk: "S" });
    const { store, started } = await recordReadyRun(client, name, 3, 4);
    const previewed = async (gate: object) => {
      const readiness = { table: false, ...gate };
      const migration = { from: 3, to: 4, writers: "fenced" };
      const inputs = declared(name, 4, { migratedFrom: 3, readiness, migration });
      expect((await swap.check({}, inputs)).failures).toEqual([]);
      return lines().slice(1);
    };
    const verify = { verify: { within: "1h" } };
    const migration = { migration: true };
    const verified = expect.stringMatching(/^verify: 0 differences/);
    expect(await previewed(verify)).toEqual([verified]);
    await store.changeControl(started, { kind: "pause" }, { by: "alice", at: Date.now() });
    const paused = expect.stringMatching(/^warning: .*would be refused now.*paused by alice/);
    expect(await previewed(verify)).toEqual([verified, paused]);
    expect(await previewed(migration)).toEqual([paused]);
    await store.changeControl(started, { kind: "resume" }, { by: "alice", at: Date.now() });
    // Functions of an earlier release, which the gate does not look for.
    const at = Date.now();
    const batch = { first: "1", records: 1, changedAt: at, newestAt: at };
    await store.recordReplay(started.run, batch, at);
    expect(await previewed(migration)).toEqual([
      expect.stringMatching(/^migration: /),
      expect.stringMatching(/^warning: .*would be refused now.*earlier release/),
    ]);
  });

  test("a preview and an update say in words what happens to the pointer", async () => {
    const name = alias();
    const { swap, lines } = talking();
    const at = (version: number, more: object = {}) => declared(name, version, more);
    await swap.check({}, at(3));
    expect(lines()).toEqual([expect.stringMatching(new RegExp(`^${name}: .* 3 .*first`))]);
    const { outs } = await swap.create(at(3));
    expect(lines()).toEqual([`${name}: 3 is active`]);

    await swap.check({}, at(4));
    expect(lines()).toEqual([expect.stringMatching(`^${name}: 3 -> 4 without `)]);
    await swap.check({}, at(4, { readiness: { minItems: { count: 1 }, waitFor: "1m" } }));
    expect(lines()).toEqual([expect.stringMatching(": 3 -> 4 once table, minItems pass$")]);
    const cut = await swap.update("", outs, at(4));
    expect(lines()).toEqual([
      expect.stringMatching(`^${name}: 3 -> 4; .*${name}_v3 .*activeVersion: 3, rollbackFrom: 4$`),
    ]);
    await swap.check({}, at(4));
    await swap.update("", cut.outs, at(4));
    expect(lines()).toEqual([]);

    // A rollback looks at its table whatever is declared.
    await createTable(ref().client, `${name}_v3`, { pk: "S" });
    const back = at(3, { rollbackFrom: 4 });
    const loss = new RegExp(`^warning: .* abandons .* ${name}_v4 since \\d{4}-.*Z: `);
    await swap.check({}, back);
    expect(lines()).toEqual([
      expect.stringMatching(`^${name}: .* from 4 to 3; 4 is barred`),
      expect.stringMatching(loss),
    ]);
    await swap.update("", cut.outs, back);
    expect(lines()).toEqual([`${name}: rolled back from 4 to 3`]);
  });

  test("a preview says that a version which somebody else made active is not moved to again", async () => {
    const name = alias();
    const { swap, lines } = talking();
    const at = (version: number) => declared(name, version);
    for (const version of [3, 4]) await setActive(ref(), name, version);
    await swap.check(at(3), at(4));
    expect(lines()).toEqual([`${name}: 4 is active already; nothing is moved`]);
    await swap.check(at(4), at(4));
    await swap.check(at(3), { ...at(4), alias: `${name}-other`, version: 1 });
    expect(lines()).not.toContainEqual(expect.stringContaining("already"));
  });

  const notBefore = (when: string) => `not before ${when}`;
  const own = "you take FROM out of versions";
  // Rows of one length: Jest would take a further parameter for its callback.
  const kept: [object, boolean, (when: string) => string][] = [
    [{ grace: "24h" }, true, (when) => `${own}, ${notBefore(when)}`],
    [{ grace: "7d", keep: 0 }, false, (when) => `a later pulumi up, ${notBefore(when)}`],
    [{ grace: "1h", keep: 2 }, true, (when) => `${own}, ${notBefore(when)} and not .* last 2 .*`],
    [{ keep: undefined }, true, () => own],
  ];
  test.each(kept)(
    "a move says how long the table is kept that it leaves: %j",
    async (__retention, isDeclared, words) => {
      const { grace = "0s" } = __retention as { grace?: string };
      const graceMs = parseDuration(grace, "grace");
      for (const foreign of [false, true]) {
        const name = alias();
        const { swap, lines } = talking();
        for (const each of [3, 4]) await createTable(ref().client, `${name}_v${each}`, { pk: "S" });
        await (foreign ? goSet(ref(), name, 3, 1000) : setActive(ref(), name, 3));
        /** Moves, and compares what is said with what the row then has a guard wait for. */
        const moves = async (from: number, to: number, back: object = {}, after = "") => {
          const declaredVersions = isDeclared ? [3, 4] : [to];
          const inputs = declared(name, to, { declaredVersions, __retention, ...back });
          const line = (when: string) =>
            new RegExp(
              `; ${name}_v${from} kept until ${words(when).replace("FROM", String(from))}${after}$`,
            );
          await swap.check({}, inputs);
          expect(lines()[0]).toMatch(line(`${grace} after the move`));
          await swap.update("", {} as never, inputs);
          const row = await getActive(ref(), name);
          const at = row?.activatedAt ?? 0;
          const { until = at } = deletionBlock(row, from, { graceMs, now: at }) ?? {};
          expect(lines()[0]).toMatch(line(new Date(until).toISOString()));
          expect(until).toBe(at + graceMs);
        };
        await moves(3, 4, {}, "(; way back: activeVersion: 3, rollbackFrom: 4)?");
        await moves(4, 3, { rollbackFrom: 4 });
      }
    },
  );

  test.each([
    { declaredVersions: [4], __retention: { grace: "24h" } },
    { declaredVersions: [4], __retention: { grace: "24h", keep: 0, unmanaged: [3] } },
    { declaredVersions: [4], __retention: { grace: "0s", keep: 0 } },
    { declaredVersions: [3, 4], __retention: null },
  ])("a move promises no time for a table that its program does not keep: %j", async (more) => {
    const name = alias();
    const { swap, lines } = talking();
    await setActive(ref(), name, 3);
    await swap.check({}, declared(name, 4, more));
    await swap.create(declared(name, 4, more));
    expect(lines()).toEqual([
      `${name}: 3 -> 4 without a gate`,
      `${name}: 3 -> 4; way back, as long as ${name}_v3 exists: activeVersion: 3, rollbackFrom: 4`,
    ]);
  });

  test.each([
    [undefined, { deleting: [3] }],
    [0, { deleting: [3] }],
    [1, { retained: [3], deleting: [] }],
  ])(
    "without a grace period, keep: %s decides on the table that the same update leaves",
    async (keep, decided) => {
      const name = alias();
      for (const version of [3, 4])
        await createTable(ref().client, `${name}_v${version}`, { pk: "S" });
      await setActive(ref(), name, 3);
      const plan = new RetentionPlanHandler(new Clients(() => ref().client));
      const inputs = { alias: name, controlTable: "bench", grace: "0s", ...defined({ keep }) };
      const both = { ...inputs, versions: [3, 4], activeVersion: 3 };
      const { inputs: olds = {} } = await plan.check({}, both);
      const left = await plan.check(olds, { ...inputs, versions: [4], activeVersion: 4 });
      expect(left).toMatchObject({ inputs: decided });
    },
  );

  test("a shorter grace counts for a version that is left out from the update after it", async () => {
    const name = alias();
    for (const version of [3, 4])
      await createTable(ref().client, `${name}_v${version}`, { pk: "S" });
    for (const version of [3, 4]) await setActive(ref(), name, version);
    const now = (await getActive(ref(), name))?.activatedAt ?? 0;
    const clients = new Clients(() => ref().client);
    const plan = new RetentionPlanHandler(clients, { now: () => now + 60_000 });
    const inputs = { alias: name, controlTable: "bench", activeVersion: 4, versions: [3, 4] };
    const planned = async (olds: object, more: object) => {
      const { inputs: made = {}, failures = [] } = await plan.check(olds, { ...inputs, ...more });
      return { made, refused: failures.map(({ reason }) => reason) };
    };
    const long = (await planned({}, { grace: "24h" })).made;
    const left = { versions: [4], grace: "1s" };
    // The guard of version 3, which is then deleted, has 24 hours.
    const until = new Date(now + 86_400_000).toISOString();
    expect((await planned(long, left)).refused).toEqual([
      expect.stringContaining(`until ${until}`),
    ]);
    const kept = { refused: [], made: { retained: [3], deleting: [] } };
    expect(await planned(long, { ...left, keep: 0 })).toMatchObject(kept);
    const short = (await planned(long, { grace: "1s" })).made;
    const gone = { refused: [], made: { retained: [], deleting: [3] } };
    expect(await planned(short, left)).toMatchObject(gone);
  });

  test("a move that another came before says only what is active", async () => {
    const name = alias();
    await setActive(ref(), name, 3);
    const client = clientAt(endpoint());
    let others = 1;
    interfere(client, async ({ action, go }) => {
      if (action === "UpdateItem" && others-- > 0) await setActive(ref(), name, 4);
      return go();
    });
    const { swap, lines } = talking(client);
    await swap.create(declared(name, 5, { declaredVersions: [3, 4, 5], __retention: {} }));
    expect(lines()).toEqual([`${name}: 5 is active`]);
  });
});
