import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import {
  ActiveVersionHandler,
  Clients,
  guardedTables,
  RetentionPlanHandler,
  VersionGuardHandler,
} from "../../src/dynamic";
import type { ActiveVersionInputs } from "../../src/dynamic/active-version-inputs";
import type { RetentionPlanInputs } from "../../src/dynamic/retention-plan-handler";
import type { VersionGuardInputs } from "../../src/dynamic/version-guard-handler";
import { findActive, getActive, nameTable, rollback, setActive } from "../../src/pointer";
import { UNKNOWN } from "../../src/validation";
import { onEveryBackend } from "../support/backends";
import { goSet } from "../support/go-writer";
import { refused } from "../support/refused";
import { makeBench, spoil } from "./pointer/bench";
import { createTable } from "./readiness/stores";

onEveryBackend((backend, endpoint) => {
  const { ref, alias, sent } = makeBench(backend, endpoint);
  beforeEach(() => guardedTables.clear());

  const said: string[] = [];
  beforeEach(() => said.splice(0));
  const clients = () => new Clients(() => ref().client);
  const lines = { warn: (line: string) => said.push(line), onProgress: () => {} };
  const swap = () => new ActiveVersionHandler(clients(), lines);
  const plan = () => new RetentionPlanHandler(clients(), lines);
  const guard = () => new VersionGuardHandler(clients());

  /** An alias and the hand-made table that is to be its version 1. */
  async function handMade(versions: number[] = []) {
    const name = alias();
    const table = `${name}.items`;
    await createTable(ref().client, table, { pk: "S" });
    for (const version of versions)
      await createTable(ref().client, `${name}_v${version}`, { pk: "S" });
    return { name, table };
  }

  const active = (name: string, version: number, firstTable: string, more: object = {}) =>
    ({
      alias: name,
      controlTable: "bench",
      version,
      declaredVersions: [1, 2],
      firstTable,
      ...more,
    }) as ActiveVersionInputs;
  const planned = (name: string, versions: number[], firstTable?: string, more: object = {}) =>
    ({
      alias: name,
      controlTable: "bench",
      versions,
      grace: "1h",
      ...(firstTable !== undefined && { firstTable }),
      ...more,
    }) as RetentionPlanInputs;
  const guarded = (name: string, table: string, more: object = {}) =>
    ({
      alias: name,
      controlTable: "bench",
      version: 1,
      table,
      grace: "0s",
      named: true,
      ...more,
    }) as VersionGuardInputs;

  async function reasons(
    handler: { check(olds: object, news: object): Promise<object> },
    news: object,
    olds = {},
  ) {
    const { failures = [] } = (await handler.check(olds, news)) as {
      failures?: { reason: string }[];
    };
    return failures.map(({ reason }) => reason);
  }

  describe("the swap", () => {
    test("makes version 1 live by the write that records its table, after the gates", async () => {
      const { name, table } = await handMade();
      expect(await reasons(swap(), active(name, 1, table))).toEqual([]);
      expect(await findActive(ref(), name)).toBeUndefined();
      const gated = active(name, 1, table, { readiness: { minItems: { count: 1 } } });
      await refused(swap().create(gated), "swap.not-ready");
      expect(await findActive(ref(), name)).toBeUndefined();
      sent.length = 0;
      const { outs } = await swap().create(active(name, 1, table));
      expect(sent.filter((each) => each === "UpdateItem")).toHaveLength(1);
      expect(outs).toMatchObject({ version: 1, table });
      expect(await getActive(ref(), name)).toMatchObject({ version: 1, tableNames: { 1: table } });
      expect(await swap().diff("", outs, active(name, 1, table))).toEqual({ changes: false });
    });

    test("goes to version 2 at once with version 1 on record, and back", async () => {
      const { name, table } = await handMade([2]);
      const { outs } = await swap().create(active(name, 2, table));
      expect(outs).toMatchObject({ version: 2, table: `${name}_v2`, previousVersion: 1 });
      const back = active(name, 1, table, { rollbackFrom: 2 });
      expect(await reasons(swap(), back)).toEqual([]);
      expect((await swap().update("", outs, back)).outs).toMatchObject({ version: 1, table });
    });

    test.each([
      ["was lost", 2, true],
      ["an alias never had", 7, false],
    ])("a row that %s starts at the declared version, not at 1", async (_what, version, lost) => {
      const { name, table } = await handMade([version]);
      const inputs = active(name, version, table, { declaredVersions: [1, version] });
      const olds = lost ? { ...inputs, table: `${name}_v${version}` } : {};
      expect(await reasons(swap(), inputs, olds)).toEqual([]);
      if (lost) await swap().update("", olds as never, inputs);
      else await swap().create(inputs);
      expect(await getActive(ref(), name)).toMatchObject({
        version,
        history: [{ version, kind: "set" }],
        tableNames: { 1: table },
      });
    });

    test("records no name of a table that is not there", async () => {
      const { name, table } = await handMade([2]);
      await ref().client.send(new DeleteTableCommand({ TableName: table }));
      for (const version of [1, 2]) {
        const inputs = active(name, version, table);
        expect(await reasons(swap(), inputs)).toEqual([
          expect.stringContaining(`no table "${table}"`),
        ]);
        await refused(swap().create(inputs), "swap.input-invalid");
        expect(await findActive(ref(), name)).toBeUndefined();
      }
      // A preview of the update that makes the table.
      expect(await reasons(swap(), active(name, 1, table, { tableArn: UNKNOWN }))).toEqual([]);
    });

    test("takes the table that the row names for version 1", async () => {
      const { name, table } = await handMade([2]);
      await nameTable(ref(), name, table);
      const inputs = { alias: name, controlTable: "bench", version: 1, table };
      expect(await reasons(swap(), inputs)).toEqual([]);
      expect((await swap().create(inputs)).outs).toMatchObject({ version: 1, table });
      const stray = { ...inputs, table: `${name}_v1` };
      await refused(swap().create(stray), "swap.input-invalid");
    });

    test("writes nothing where the declared version is refused", async () => {
      const { name, table } = await handMade([2]);
      await refused(
        swap().create(active(name, 2, table, { expect: 7 })),
        "swap.expectation-failed",
      );
      expect(await findActive(ref(), name)).toBeUndefined();
    });

    test("the gate verify compares with version 1 under its name", async () => {
      const { name, table } = await handMade([2]);
      const inputs = active(name, 2, table, { readiness: { verify: { within: "1h" } } });
      expect(await reasons(swap(), inputs)).toEqual([]);
      expect(said.join()).toContain(`swap verify ${name} 1 2`);
      const { payload } = await refused(swap().create(inputs), "swap.not-ready");
      expect(payload).toMatchObject({ gate: "verify" });
      expect(await getActive(ref(), name)).toMatchObject({ version: 1 });
    });

    test("adds the name to a row of another writer at version 1", async () => {
      const { name, table } = await handMade();
      await goSet(ref(), name, 1, 42);
      const { outs } = await swap().create(active(name, 1, table));
      expect(outs).toMatchObject({ version: 1, table });
    });

    test("refuses another table than the recorded one", async () => {
      const { name, table } = await handMade();
      await nameTable(ref(), name, table);
      for (const more of [{ firstTable: `${name}.other` }, { firstTable: undefined }])
        expect(await reasons(swap(), active(name, 1, table, more))).toEqual([
          expect.stringContaining(`"${table}"`),
        ]);
      const stray = { alias: name, controlTable: "bench", version: 1, table: `${name}_v1` };
      expect(await reasons(swap(), stray)).toEqual([expect.stringContaining(`"${table}"`)]);
    });

    test("a missing table of the live version 1 is missed under its name", async () => {
      const { name, table } = await handMade();
      const { outs } = await swap().create(active(name, 1, table));
      const unknown = active(name, 1, table, { table: UNKNOWN });
      expect(await reasons(swap(), unknown, outs)).toEqual([]);
      await ref().client.send(new DeleteTableCommand({ TableName: table }));
      expect(await reasons(swap(), unknown, outs)).toEqual([
        expect.stringContaining(`"${table}" is gone`),
      ]);
    });
  });

  describe("the retention plan", () => {
    test("says which readers don't know the name until it is recorded", async () => {
      const { name, table } = await handMade();
      expect(await reasons(plan(), planned(name, [1], table))).toEqual([]);
      expect(said.join()).toContain(`"${name}_v1"`);
      await nameTable(ref(), name, table);
      said.splice(0);
      expect(await reasons(plan(), planned(name, [1], table))).toEqual([]);
      expect(said).toEqual([]);
    });

    test("refuses a name while the conventional table exists, also before there is a control table", async () => {
      const { name, table } = await handMade([1]);
      const found = [expect.stringContaining(`"${name}_v1" exists`)];
      expect(await reasons(plan(), planned(name, [1], table))).toEqual(found);
      const first = planned(name, [1], table, { controlTable: UNKNOWN });
      expect(await reasons(plan(), first)).toEqual(found);
    });

    test("refuses a table of another alias", async () => {
      const { name, table } = await handMade();
      await nameTable(ref(), name, table);
      expect(await reasons(plan(), planned(alias(), [1], table))).toEqual([
        expect.stringContaining(`"${name}"`),
      ]);
    });

    test("refuses a table that is not there, also before there is a control table", async () => {
      const { name } = await handMade();
      const missing = [expect.stringContaining(`no table "${name}.itmes"`)];
      expect(await reasons(plan(), planned(name, [1], `${name}.itmes`))).toEqual(missing);
      const first = planned(name, [1], `${name}.itmes`, { controlTable: UNKNOWN });
      expect(await reasons(plan(), first)).toEqual(missing);
    });

    test("lets a name be corrected that never became a table, unless the row has it", async () => {
      const { name, table } = await handMade();
      const mistyped = planned(name, [1], `${name}.itmes`);
      expect(await reasons(plan(), planned(name, [1], table), mistyped)).toEqual([]);
      await nameTable(ref(), name, `${name}.itmes`);
      expect(await reasons(plan(), planned(name, [1], table), mistyped)).toEqual([
        expect.stringContaining(`"${name}.itmes"`),
      ]);
    });

    test("refuses a version 1 that was another table", async () => {
      const { name, table } = await handMade();
      await setActive(ref(), name, 1);
      await setActive(ref(), name, 2);
      expect(await reasons(plan(), planned(name, [1, 2], table))).toEqual([
        expect.stringContaining(`"${name}_v1"`),
      ]);
    });

    test("refuses a change of the name in both directions", async () => {
      const { name, table } = await handMade();
      const named = planned(name, [1], table);
      const plain = planned(name, [1]);
      expect(await reasons(plan(), plain, named)).toEqual([expect.stringContaining(`"${table}"`)]);
      expect(await reasons(plan(), named, plain)).toEqual([
        expect.stringContaining(`"${name}_v1"`),
      ]);
    });

    test("keeps the name of a version that is no longer declared, and decides by its table", async () => {
      const { name, table } = await handMade([2]);
      await nameTable(ref(), name, table);
      const record = planned(name, [1, 2], table, { keep: 1 });
      const refusal = await reasons(plan(), planned(name, [2]), record);
      expect(refusal).toEqual([expect.stringContaining(`"${table}"`)]);
      await setActive(ref(), name, 2);
      const { inputs } = await plan().check(record, planned(name, [2], undefined, { keep: 1 }));
      expect(inputs).toMatchObject({ retained: [1], firstTable: table });
    });

    test.each([
      ["retain", Date.now()],
      ["delete", 1],
    ])("refuses to %s a named version 1 that a row made again does not name", async (_what, at) => {
      const { name, table } = await handMade([2]);
      await goSet(ref(), name, 2, at);
      const record = planned(name, [1, 2], table, { keep: 1 });
      const without = planned(name, [2], undefined, { keep: 1 });
      expect(await reasons(plan(), without, record)).toEqual([
        expect.stringContaining(`1: { name: "${table}", adopt: true }`),
      ]);
      const declared = planned(name, [1, 2], table, { keep: 1 });
      expect(await reasons(plan(), declared, record)).toEqual([]);
      await swap().create(active(name, 2, table));
      expect(await reasons(plan(), without, record)).toEqual([]);
    });
  });

  describe("the guard", () => {
    test("records the name for a program that leaves the pointer to another writer", async () => {
      const { name, table } = await handMade();
      await guard().create(guarded(name, table));
      expect(await getActive(ref(), name)).toMatchObject({
        version: 1,
        activatedAt: 0,
        tableNames: { 1: table },
      });
    });

    test("an update makes no row, and adds the name to one", async () => {
      const { name, table } = await handMade();
      const props = guarded(name, table);
      await guard().update("", props, props);
      expect(await findActive(ref(), name)).toBeUndefined();
      await goSet(ref(), name, 7, 42);
      await guard().update("", props, props);
      expect(await getActive(ref(), name)).toMatchObject({ version: 7, tableNames: { 1: table } });
    });

    describe("that is created again, by a replacement or in a new state,", () => {
      /** A run of the program with the plan's record of the last one, and without old inputs of the guard. */
      async function again(versions: number[], more: object = {}) {
        const { name, table } = await handMade();
        const record = planned(name, versions, table);
        expect(await reasons(plan(), planned(name, versions, table, more), record)).toEqual([]);
        return { name, props: guarded(name, table) };
      }

      test("makes no row in place of one that may have been lost, in preview and up", async () => {
        const { name, props } = await again([1, 2]);
        const refusal = [expect.stringContaining(`alias "${name}" has no row`)];
        expect(await reasons(guard(), props)).toEqual(refusal);
        await refused(guard().create(props), "swap.input-invalid");
        expect(await findActive(ref(), name)).toBeUndefined();
      });

      test("leaves the version of a row as it is", async () => {
        const { name, props } = await again([1, 2]);
        await goSet(ref(), name, 7, 42);
        expect(await reasons(guard(), props)).toEqual([]);
        await guard().create(props);
        const row = { version: 7, activatedAt: 42, tableNames: { 1: props.table } };
        expect(await getActive(ref(), name)).toMatchObject(row);
        await guard().create(props);
        expect(await getActive(ref(), name)).toMatchObject(row);
      });

      test.each([
        ["no later version was declared", [1], {}],
        ["the active version makes the row first", [1, 2], { activeVersion: 1 }],
      ])("is not refused where %s", async (_what, versions, more) => {
        const { name, props } = await again(versions, more);
        expect(await reasons(guard(), props)).toEqual([]);
        await guard().create(props);
        expect(await getActive(ref(), name)).toMatchObject({ version: 1 });
      });
    });

    test("refuses a name of another version than 1", async () => {
      const { name, table } = await handMade();
      const props = guarded(name, table, { version: 2 });
      expect(await reasons(guard(), props)).toEqual([expect.stringContaining("version 1")]);
      await refused(guard().create(props), "swap.input-invalid");
      expect(await findActive(ref(), name)).toBeUndefined();
    });

    test("records no name while the conventional table exists, or none with the name", async () => {
      const { name, table } = await handMade([1]);
      const missing = guarded(alias(), `${table}.none`);
      for (const props of [guarded(name, table), missing]) {
        expect(await reasons(guard(), props)).toHaveLength(1);
        await refused(guard().create(props), "swap.input-invalid");
        expect(await findActive(ref(), props.alias)).toBeUndefined();
      }
    });

    test("lets the table go once version 1 was left, and not before", async () => {
      const { name, table } = await handMade();
      await nameTable(ref(), name, table);
      const props = guarded(name, table);
      const { payload } = await refused(guard().delete("", props), "swap.version-in-use");
      expect(payload.table).toBe(table);
      await setActive(ref(), name, 2);
      await guard().delete("", props);
      expect((await getActive(ref(), name)).retired).toEqual([1]);
      await refused(rollback(ref(), name, { from: 2, to: 1 }), "swap.version-retired");
    });

    test.each([
      ["says another table", (name: string) => `${name}.other`],
      ["says none", () => undefined],
    ])("keeps the table where the row %s", async (_what, recorded) => {
      const { name, table } = await handMade();
      const other = recorded(name);
      if (other) await nameTable(ref(), name, other);
      await setActive(ref(), name, 2);
      await refused(guard().delete("", guarded(name, table)), "swap.version-in-use");
      expect((await getActive(ref(), name)).retired).toEqual([]);
    });

    test("keeps a table that another alias came to use", async () => {
      const { name, table } = await handMade();
      await nameTable(ref(), name, table);
      await setActive(ref(), name, 2);
      const other = alias();
      await setActive(ref(), other, 1);
      await spoil(ref(), other, "names", { M: { 1: { S: table } } });
      const { payload } = await refused(
        guard().delete("", guarded(name, table)),
        "swap.version-in-use",
      );
      expect(payload.reason).toContain(other);
    });

    test("refuses in a preview to replace the table of version 1 in use", async () => {
      const { name, table } = await handMade();
      await nameTable(ref(), name, table);
      const news = guarded(name, UNKNOWN);
      expect(await reasons(guard(), news)).toEqual([expect.stringContaining(`"${table}"`)]);
    });
  });
});
