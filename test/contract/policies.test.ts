import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as pulumi from "@pulumi/pulumi";
import {
  controlTableReadPolicy,
  controlTableWritePolicy,
  readerPolicy,
  writerPolicy,
} from "../../src/component/policies";
import * as pointer from "../../src/pointer";
import { createResolver } from "../../src/reader";
import { startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { policies } from "../engine/policies-page";
import {
  type PolicySimulator,
  policySimulator,
  type SimulatedRequest,
} from "../support/policy-simulator";
import { type RecordingProxy, recordingProxy } from "../support/recording-proxy";

const TABLE = "shop_swap";
const ARN = `arn:aws:dynamodb:eu-west-1:123456789012:table/${TABLE}`;

let simulator: PolicySimulator | undefined;
let proxy: RecordingProxy;
let ref: pointer.WritableControlTableRef;
/** What every write of an alias asks for. */
let own: SimulatedRequest[];
let others: SimulatedRequest[];
const stops: (() => unknown)[] = [];
beforeAll(async () => {
  simulator = await policySimulator();
  const dynamodb = await startEmbeddedDynamoDB();
  proxy = await recordingProxy(dynamodb.endpoint);
  const client = new DynamoDBClient({
    endpoint: proxy.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  ref = { client, controlTable: TABLE };
  await pointer.createControlTable(ref);
  own = await asked(() => writes("orders"));
  others = await asked(() => writes("carts"));
  stops.push(
    () => client.destroy(),
    proxy.stop,
    dynamodb.stop,
    () => simulator?.remove(),
  );
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

const text = (policy: pulumi.Output<string>): Promise<unknown> =>
  new Promise((resolve) => policy.apply((json) => resolve(JSON.parse(json))));
const tables = (...versions: number[]) =>
  pulumi.output(versions.map((version) => ARN.replace(TABLE, `orders_v${version}`)));

/** What some work asks of the control table, each request once. */
async function asked(work: () => Promise<unknown>): Promise<SimulatedRequest[]> {
  proxy.requests.length = 0;
  await work();
  return [...new Set(proxy.requests.map((each) => JSON.stringify(each)))].map((each) =>
    JSON.parse(each),
  );
}

async function allows(policy: unknown, requests: SimulatedRequest[]): Promise<boolean | string> {
  const results = await (simulator as PolicySimulator).allowed(policy, requests);
  const [first] = results;
  return results.every((result) => result === first)
    ? first === true
    : JSON.stringify(requests.filter((_, i) => results[i]));
}

/** Every write of one alias's row except its removal, with the reads that belong to them. */
async function writes(alias: string): Promise<void> {
  await pointer.seedActive(ref, alias, 1);
  await pointer.setActive(ref, alias, 2);
  await pointer.setActive(ref, alias, 3);
  await pointer.rollback(ref, alias, { from: 3, to: 2 });
  await pointer.liftBar(ref, alias, 3);
  await pointer.permitDeletion(ref, alias, 1, () => {});
  await pointer.reopenVersions(ref, alias, [1]);
  await pointer.claimRow(ref, alias, pointer.newClaim(), "anyone");
}

async function reads(...aliases: string[]): Promise<void> {
  const resolvers = aliases.map((alias) => createResolver({ alias, ...ref }));
  await Promise.all(resolvers.map((resolver) => resolver.resolve()));
  for (const resolver of resolvers) resolver.stop();
}

async function list(): Promise<void> {
  for await (const _ of pointer.listAliases(ref));
}

/** Skipped out loud, by the line that {@link policySimulator} prints. */
const simulated = (name: string, run: () => Promise<void>) =>
  test(name, async () => {
    if (simulator !== undefined) await run();
  });

simulated("a write policy reaches each write of its own alias and none of another's", async () => {
  expect(new Set(own.map(({ operation }) => operation))).toEqual(
    new Set(["GetItem", "UpdateItem"]),
  );
  for (const policy of [
    await text(controlTableWritePolicy(ARN, ["orders"])),
    policies().get("deployer"),
  ]) {
    expect(await allows(policy, own)).toBe(true);
    expect(await allows(policy, others)).toBe(false);
  }
  const both = await text(controlTableWritePolicy(ARN, ["orders", "carts"]));
  expect(await allows(both, [...own, ...others])).toBe(true);
  expect(await allows(both, await asked(() => writes("orders2")))).toBe(false);
  expect(await allows(await text(controlTableWritePolicy(ARN)), [...own, ...others])).toBe(true);
});

simulated("a read policy reaches its own aliases, one by one and together", async () => {
  const one = await asked(() => reads("orders"));
  const another = await asked(() => reads("carts"));
  const together = await asked(() => reads("orders", "carts"));
  expect([one, together].map(([first]) => first?.operation)).toEqual(["GetItem", "BatchGetItem"]);
  const ofOne = await text(controlTableReadPolicy(ARN, ["orders"]));
  const ofBoth = await text(controlTableReadPolicy(ARN, ["orders", "carts"]));
  expect(await allows(ofOne, one)).toBe(true);
  expect(await allows(ofOne, [...another, ...together])).toBe(false);
  expect(await allows(ofBoth, [...one, ...another, ...together])).toBe(true);
  expect(await allows(ofBoth, await asked(() => reads("carts", "invoices")))).toBe(false);
  for (const policy of [
    await text(readerPolicy("orders", ARN, tables(3, 4))),
    await text(writerPolicy("orders", ARN, tables(3, 4))),
    policies().get("reader"),
    policies().get("readerPolicy"),
  ]) {
    expect(await allows(policy, one)).toBe(true);
    expect(await allows(policy, [...another, ...together])).toBe(false);
  }
  expect(await allows(policies().get("readers"), together)).toBe(true);
});

simulated("no policy of some aliases writes, lists or removes beyond its words", async () => {
  const written = own.filter(({ operation }) => operation === "UpdateItem");
  const listed = await asked(list);
  const removed = await asked(() => pointer.releaseActive(ref, "orders", 3));
  const read = await text(controlTableReadPolicy(ARN, ["orders"]));
  const write = await text(controlTableWritePolicy(ARN, ["orders"]));
  const reader = await text(readerPolicy("orders", ARN, tables(3)));
  const writer = await text(writerPolicy("orders", ARN, tables(3)));
  for (const policy of [read, reader, writer]) expect(await allows(policy, written)).toBe(false);
  for (const policy of [read, write, reader, writer])
    expect(await allows(policy, [...listed, ...removed])).toBe(false);
  // A Scan has no key: only a policy of every row lists.
  expect(await allows(await text(controlTableReadPolicy(ARN)), listed)).toBe(true);
  const release = policies().get("release");
  expect(await allows(release, removed)).toBe(true);
  expect(await allows(release, await asked(() => pointer.releaseActive(ref, "carts", 3)))).toBe(
    false,
  );
});
