import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { StatusJson } from "../../src/cli/status/status-json";
import { jsonOf, swap } from "../cli/swap";
import { type RecordingProxy, recordingProxy } from "../support/recording-proxy";
import { onMiniStack, Stand, until } from "./on-ministack";
import { compared, grants as policyGrants } from "./policies-page";

const program = (active: string) => `
new swap.VersionedTable("orders", {
  alias: "orders",
  table: { hashKey: "pk", attributes: [{ name: "pk", type: "S" }], deletionProtectionEnabled: false },
  versions: {
    1: {},
    2: {
      migrateFrom: {
        version: 1,
        transform: "./to-v2.mjs",
        inverse: "./to-v1.mjs",
        segments: 2,
        writers: "stopped",
      },
    },
  },
  ${active},
});`;

const stand = new Stand(program("activeVersion: 1"), { records: true });

/** Records what those who move the pointer ask for. */
let caller: RecordingProxy | undefined;
afterAll(() => caller?.stop());

const put = (version: number, pk: string, n: number) =>
  stand.db.send(
    new PutItemCommand({
      TableName: `orders_v${version}`,
      Item: { pk: { S: pk }, [version === 1 ? "n" : "count"]: { N: String(n) } },
    }),
  );

/** Key and number of each item, sorted. */
async function items(version: number): Promise<string[]> {
  const TableName = `orders_v${version}`;
  const { Items = [] } = await stand.db.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map((item) => `${item.pk?.S} ${(item.n ?? item.count)?.N}`).sort();
}

const converged = () =>
  until(async () => JSON.stringify(await items(1)) === JSON.stringify(await items(2)));

const cli = () => ({ ...stand.environment, SWAP_CONTROL_TABLE: "orders_swap" });

async function status() {
  const json = jsonOf(await swap(["status", "orders", "2", "--json"], cli())) as StatusJson;
  return json.migrations[0];
}

async function verify(): Promise<void> {
  const transform = join(stand.project.folder, "to-v2.mjs");
  const { code, stderr } = await swap(
    ["verify", "orders", "1", "2", "--transform", transform],
    cli(),
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

interface Statement {
  Sid: string;
  Action: string[];
  Resource: string[];
}

/** What the policies grant to the code of the function that replicates, in the form of recorded calls. */
async function grants(): Promise<string[]> {
  const policies = await Promise.all(
    ["replay", "reverse"].map((part) =>
      stand.project.resource(`RolePolicy::orders-v2-migration-${part}`),
    ),
  );
  return policies
    .flatMap(
      ({ inputs }) => (JSON.parse(String(inputs.policy)) as { Statement: Statement[] }).Statement,
    )
    .filter(({ Sid }) => !["WriteLog", "ReadStream", "ListStreams"].includes(Sid))
    .flatMap(({ Action, Resource }) =>
      Action.flatMap((action) =>
        Resource.map(
          (arn) =>
            `${action.split(":")[1]} ${arn.replace(/^arn:.*?:(table\/|event-source-mapping:)/, "")}`,
        ),
      ),
    );
}

onMiniStack(
  "what is written to the new version arrives in the old one, and the other way round after a rollback",
  async () => {
    const folder = () => stand.project.folder;
    writeFileSync(
      join(folder(), "to-v2.mjs"),
      "export default ({ n, ...item }) => ({ ...item, count: n });\n",
    );
    writeFileSync(
      join(folder(), "to-v1.mjs"),
      "export default ({ count, ...item }) => ({ ...item, n: count });\n",
    );
    await stand.up(program("activeVersion: 1").replace(/migrateFrom: \{[^}]*\},/, ""));
    for (let n = 0; n < 10; n++) await put(1, `k${n}`, n);
    await stand.up(program("activeVersion: 1"));
    await until(async () => (await status())?.wayBack?.sampled === 10);
    stand.functions?.calls.clear();
    expect(await status()).toMatchObject({
      wayBack: { proven: true, changed: 0, failed: 0, failure: null, lossy: false },
      strays: { count: 0 },
    });
    await verify();
    const gated = `readiness: { migration: { lag: "1h" } }`;
    // The aws provider has nothing to do in this update: what it asks for is the deployer's.
    const proxy = await recordingProxy(stand.server.endpoint);
    caller = proxy;
    const { calls } = proxy;
    const crossed = (...names: string[]) => {
      const asked = [...calls].map((call) => call.replace(/ orders_swap$/, " shop_swap"));
      calls.clear();
      const { refused } = compared(asked, policyGrants(...names, "migration", "switch"));
      return { refused, unused: compared(asked, policyGrants("switch")).unused };
    };
    const exact = { refused: [], unused: [] };
    stand.project.env.AWS_ENDPOINT_URL_DYNAMODB = proxy.endpoint;
    /** Makes a change before the drain's second reading: its first one only takes a position, and it compares the rest. */
    const changeInDrain = (version: number, n: number) => {
      let readings = 0;
      proxy.before = (operation) =>
        operation === "GetRecords" && ++readings === 2 ? put(version, "k0", n) : undefined;
    };
    changeInDrain(1, 50);
    await stand.up(program(`activeVersion: 2, ${gated}`));
    stand.project.env.AWS_ENDPOINT_URL_DYNAMODB = stand.server.endpoint;
    expect(crossed("deployer")).toEqual(exact);
    expect(await status()).toMatchObject({ phase: "switched" });

    await put(2, "k1", 100);
    await put(2, "new", 1);
    await stand.db.send(
      new DeleteItemCommand({ TableName: "orders_v2", Key: { pk: { S: "k2" } } }),
    );
    await converged();
    expect(await items(1)).toContain("k1 100");
    await put(1, "k3", 333);
    await until(async () => (await status())?.strays.count === 1);
    expect(await status()).toMatchObject({
      phase: "switched",
      strays: { first: [{ version: 1, key: '{"pk":"k3"}' }] },
      reverse: { failing: null, records: expect.any(Number) },
    });
    await put(2, "k3", 33);
    await converged();

    const files = ["to-v2", "to-v1"].map((name) => join(folder(), `${name}.mjs`));
    const [transform = "", inverse = ""] = files;
    const crossing = ["--writers", "fenced", "--transform", transform, "--inverse", inverse];
    const move = [...crossing, "--reason", "test", "--yes"];
    const recorded = { ...cli(), AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
    changeInDrain(2, 60);
    const moved = await swap(["rollback", "orders", "--from", "2", ...move, "--json"], recorded);
    // A failure is in the output.
    const stdout = expect.stringContaining('"rolled-back"');
    expect(moved).toMatchObject({ code: 0, stderr: "", stdout });
    expect(crossed("cli", "deployer")).toEqual(exact);
    expect(jsonOf(moved)).toMatchObject({ event: "rolled-back", from: 2, to: 1, loss: null });
    // The program that the command names agrees with the row, and moves nothing.
    const reconciled = await stand.up(program((jsonOf(moved) as { program: string }).program));
    expect(reconciled).not.toMatch(/rolled back|will roll back/);
    await put(1, "k4", 400);
    await converged();
    expect(await items(2)).toEqual(expect.arrayContaining(["k0 60", "k4 400"]));
    expect((await status())?.strays.count).toBe(1);

    const made = [...(stand.functions?.calls ?? [])];
    const granted = await grants();
    const covered = (grant: string) =>
      made.some((call) => call === grant || (grant.startsWith("Update") && call.startsWith(grant)));
    expect({
      refused: made.filter((call) => !granted.includes(call)),
      unused: granted.filter((grant) => !covered(grant)),
    }).toEqual({
      refused: [],
      // Made before the calls are looked at, to prove the way back.
      unused: ["Scan orders_v1", expect.stringMatching(/^UpdateEventSourceMapping /)],
    });
  },
);
