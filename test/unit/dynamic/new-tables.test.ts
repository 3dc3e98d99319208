import { type DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { NEW_TABLE_MS } from "../../../src/aws";
import { ActiveVersionHandler } from "../../../src/dynamic/active-version-handler";
import { Clients } from "../../../src/dynamic/clients";
import { SeedHandler } from "../../../src/dynamic/seed-handler";
import { VersionGuardHandler } from "../../../src/dynamic/version-guard-handler";

/** A control table that is not found so many times, and then has no row. */
function missing(times: number) {
  let left = times;
  let now = 0;
  const pauses: number[] = [];
  const client = {
    config: { region: async () => "eu-west-1" },
    middlewareStack: { add() {} },
    async send() {
      if (left-- > 0)
        throw Object.assign(new Error("not found"), {
          name: "ResourceNotFoundException",
          $metadata: { httpStatusCode: 400 },
        });
      return {};
    },
  } as unknown as DynamoDBClient;
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      pauses.push(ms);
      now += ms;
    },
  };
  return { clients: new Clients(() => client), clock, pauses };
}

const inputs = { alias: "orders", controlTable: "shop_swap", version: 1 };
const waited = (pauses: number[]) => pauses.reduce((all, each) => all + each, 0);

test("the check of a swap that is new looks again for a few seconds", async () => {
  const { clients, clock, pauses } = missing(2);
  const handler = new ActiveVersionHandler(clients, { clock });
  expect((await handler.check({}, inputs)).failures).toEqual([]);
  expect(pauses).toEqual([100, 200]);
  const never = missing(100);
  const refusing = new ActiveVersionHandler(never.clients, { clock: never.clock });
  expect((await refusing.check({}, inputs)).failures).toMatchObject([{ property: "controlTable" }]);
  expect(waited(never.pauses)).toBe(NEW_TABLE_MS);
});

test("the check of one that the state knows refuses at once", async () => {
  const { clients, clock, pauses } = missing(1);
  const handler = new ActiveVersionHandler(clients, { clock });
  const next = { ...inputs, version: 2 };
  expect((await handler.check(inputs, next)).failures).toHaveLength(1);
  expect(pauses).toEqual([]);
});

test("a create waits for the control table, an update does not", async () => {
  const created = missing(3);
  const creating = new ActiveVersionHandler(created.clients, { clock: created.clock });
  const readiness = { table: false };
  await creating.create({ ...inputs, readiness });
  expect(created.pauses).toEqual([100, 200, 400]);
  const updated = missing(1);
  const updating = new ActiveVersionHandler(updated.clients, { clock: updated.clock });
  const olds = { ...inputs, table: "orders_v1" };
  await expect(updating.update("id", olds, inputs)).rejects.toMatchObject({
    code: "swap.control-table-missing",
  });
  expect(updated.pauses).toEqual([]);
});

test("a seed waits for the control table", async () => {
  const { clients, clock, pauses } = missing(1);
  await new SeedHandler(clients, { clock }).create(inputs);
  expect(pauses).toEqual([100]);
});

test("a guard protects a table that is found later", async () => {
  const notFound = Object.assign(new Error("not found"), { name: "ResourceNotFoundException" });
  let looks = 0;
  let on = false;
  const client = {
    config: { region: async () => "eu-west-1" },
    async send(command: object) {
      if (command instanceof UpdateTableCommand) {
        on = command.input.DeletionProtectionEnabled === true;
        return {};
      }
      if (!("TableName" in (command as { input: object }).input) || ++looks < 3) throw notFound;
      return { Table: { TableStatus: "ACTIVE", DeletionProtectionEnabled: on } };
    },
    middlewareStack: { add() {} },
  } as unknown as DynamoDBClient;
  await new VersionGuardHandler(new Clients(() => client)).create({
    ...inputs,
    table: "orders_v1",
    grace: "1h",
    deletionProtection: true,
  });
  expect(on).toBe(true);
});

test("an interrupt ends the wait for a table that is being changed", async () => {
  const run = new AbortController();
  const client = {
    config: { region: async () => "eu-west-1" },
    async send() {
      setImmediate(() => run.abort());
      return { Table: { TableStatus: "UPDATING", DeletionProtectionEnabled: false } };
    },
    middlewareStack: { add() {} },
  } as unknown as DynamoDBClient;
  const guard = new VersionGuardHandler(new Clients(() => client), Date.now, run);
  await expect(
    guard.create({ ...inputs, table: "orders_v1", grace: "1h", deletionProtection: true }),
  ).rejects.toMatchObject({ code: "swap.service-error" });
});
