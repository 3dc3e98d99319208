import "../support/one-realm";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createClient } from "../../src/aws/connection";
import {
  createControlTable,
  getActive,
  listAliases,
  setActive,
  type WritableControlTableRef,
} from "../../src/pointer";
import { createResolver } from "../../src/reader";
import { createGates, runGates } from "../../src/readiness";
import { startFake } from "../cli/fake-endpoint";
import { onEveryBackend } from "../support/backends";
import { refused } from "../support/refused";
import { type Pace, type StallingProxy, stallingProxy } from "../support/stalling-proxy";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

onEveryBackend((_backend, upstream) => {
  let proxy: StallingProxy;
  let direct: WritableControlTableRef;
  /** As the resources, gates and commands reach DynamoDB, with a shorter time-out. */
  let ours: WritableControlTableRef;
  /** The same, where a second try has to be answered: by a slow machine, too. */
  let patient: WritableControlTableRef;
  /** An application's client, which need not have any time-out. */
  let theirs: WritableControlTableRef;
  beforeAll(async () => {
    proxy = await stallingProxy(upstream());
    const controlTable = "stalled_swap";
    const plain = { region: "us-east-1", credentials, maxAttempts: 1 };
    const { endpoint } = proxy;
    direct = { client: new DynamoDBClient({ ...plain, endpoint: upstream() }), controlTable };
    theirs = { client: new DynamoDBClient({ ...plain, endpoint }), controlTable };
    const tries = { credentials, maxAttempts: 2 };
    const withTimeout = (timeoutMs: number) => ({
      client: createClient({ region: "us-east-1", endpoint }, tries, { timeoutMs }),
      controlTable,
    });
    ours = withTimeout(800);
    patient = withTimeout(2_000);
    await createControlTable(direct);
    await setActive(direct, "orders", 1);
  });
  beforeEach(() => {
    proxy.paces = [];
    proxy.pace = "whole";
    proxy.asked = [];
  });
  afterAll(async () => {
    for (const { client } of [direct, ours, patient, theirs]) client.destroy();
    await proxy.stop();
  });

  test.each<Pace>(["stalls", "trickles", "no headers"])(
    "a read whose response %s ends, and gives its connections back",
    async (pace) => {
      proxy.pace = pace;
      await refused(getActive(ours, "orders"), "swap.unreachable");
      expect(proxy.asked).toEqual(["GetItem", "GetItem"]);
      while (proxy.held() > 0) await new Promise((done) => setTimeout(done, 10));
    },
  );

  test("one response that stalls costs one more try", async () => {
    proxy.paces = ["stalls"];
    expect(await getActive(patient, "orders")).toMatchObject({ version: 1 });
  });

  test("a refusal whose body stalls ends too", async () => {
    proxy.pace = "stalls";
    await refused(getActive({ ...ours, controlTable: "nowhere" }, "orders"), "swap.unreachable");
  });

  test("a write whose response stalls was applied, and is found by its operation", async () => {
    proxy.paces = ["stalls"];
    const moved = await setActive(patient, "orders", 2);
    expect(moved).toMatchObject({ version: 2 });
    proxy.paces = ["stalls", "stalls"];
    expect(await setActive(patient, "orders", 3)).toMatchObject({ version: 3 });
    expect((await getActive(direct, "orders")).history.map(({ version }) => version)).toEqual([
      1, 2, 3,
    ]);
    proxy.pace = "stalls";
    await refused(setActive(ours, "orders", 4), "swap.outcome-unknown");
    expect(await getActive(direct, "orders")).toMatchObject({ version: 4 });
  });

  test("a listing ends", async () => {
    proxy.pace = "trickles";
    await refused(listAliases(ours).next(), "swap.unreachable");
  });

  test("credentials whose request gets no complete response end a request", async () => {
    const sts = await startFake((_request, response) => {
      response.writeHead(200, { "content-type": "text/xml" });
      response.write("<AssumeRoleResponse>");
    });
    process.env.AWS_ENDPOINT_URL_STS = sts.url;
    process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = "local";
    const assumeRole = { roleArn: "arn:aws:iam::123456789012:role/deploy" };
    const connection = { region: "us-east-1", endpoint: upstream(), assumeRole };
    const client = createClient(connection, { maxAttempts: 1 }, { timeoutMs: 100 });
    const error = await refused(getActive({ ...ours, client }, "orders"), "swap.unreachable");
    expect(error.payload.reason).toContain("no credentials");
    delete process.env.AWS_ENDPOINT_URL_STS;
    client.destroy();
    await sts.stop();
  });

  test("a gate refuses", async () => {
    proxy.pace = "stalls";
    const at = { client: ours.client, alias: "orders", version: 5, table: ours.controlTable };
    const { gates } = createGates({ minItems: { count: 1 } });
    await refused(runGates(at, gates), "swap.not-ready");
  });

  test.each<Pace>(["stalls", "trickles"])(
    "a resolver whose read %s gets an error",
    async (pace) => {
      proxy.pace = pace;
      const { client, controlTable } = theirs;
      const orders = createResolver({
        alias: "orders",
        controlTable,
        client,
        readTimeoutMs: 2_000,
      });
      await refused(orders.resolve(), "swap.unreachable");
      proxy.pace = "whole";
      expect(await orders.resolve()).toMatchObject({ alias: "orders" });
      orders.stop();
      while (proxy.held() > 0) await new Promise((done) => setTimeout(done, 10));
    },
  );

  test.each<Pace>(["trickles", "no headers"])(
    "with a client of the caller's that has no time-out, a read whose response %s ends",
    async (pace) => {
      proxy.pace = pace;
      await refused(getActive(theirs, "orders"), "swap.unreachable");
      while (proxy.held() > 0) await new Promise((done) => setTimeout(done, 10));
    },
  );
});
