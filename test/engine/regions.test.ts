import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createControlTable, findActive, setActive } from "../../src/pointer";
import { type Regions, startRegions, startSts } from "../support/regions";
import { Project } from "./project";
import { messageOf } from "./refused-run";

/** Where the tables are declared, and where the shared configuration or the shell would lead. */
const HOME = "us-east-1";
const ELSEWHERE = "eu-west-1";
const CERTIFICATE = resolve(__dirname, "../support/tls/certificate.pem");

let regions: Regions;
let sts: Awaited<ReturnType<typeof startSts>>;
const projects: Project[] = [];

beforeAll(async () => {
  regions = await startRegions([HOME, ELSEWHERE]);
  sts = await startSts();
});
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});
afterAll(async () => {
  await regions.stop();
  sts.stop();
});

const client = (region: string) =>
  new DynamoDBClient({
    region,
    endpoint: regions.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
const at = (region: string, controlTable: string) => ({ client: client(region), controlTable });

const table = '{ hashKey: "id", attributes: [{ name: "id", type: "S" }] }';

/** A program with a control table of its own and two versions; `args` and `opts` as the test has them. */
const program = (alias: string, active: number, { args = "", opts = "{}", before = "" } = {}) => `
${before}
new swap.VersionedTable("data", {
  alias: "${alias}", table: ${table}, versions: [1, 2], activeVersion: ${active},
  controlTable: new swap.ControlTable("control", { name: "${alias}_swap", deletionProtection: false }, ${opts}),
  ${args}
}, ${opts});`;

async function projectOf(text: string, env: NodeJS.ProcessEnv = {}): Promise<Project> {
  const project = new Project(text, {
    env: {
      AWS_REGION: HOME,
      AWS_ACCESS_KEY_ID: "of-env",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_ENDPOINT_URL_DYNAMODB: regions.endpoint,
      ...env,
    },
  });
  projects.push(project);
  await project.init();
  return project;
}

/** A control table of the same name, its pointer and version tables, in the other Region. */
async function decoy(alias: string): Promise<void> {
  const ref = at(ELSEWHERE, `${alias}_swap`);
  await createControlTable(ref);
  await setActive(ref, alias, 1);
}

const rows = async (alias: string) =>
  Promise.all(
    [HOME, ELSEWHERE].map((region) =>
      findActive(at(region, `${alias}_swap`), alias).then((row) => row?.version),
    ),
  );

/** Access keys by which the swap asked; the stand-in provider's own is "local". */
const callers = () =>
  new Set(
    regions
      .seen()
      .map(({ accessKey }) => accessKey)
      .filter((key) => !["local", "test"].includes(key)),
  );

function sharedConfig(project: Project, text: string): void {
  mkdirSync(join(project.folder, ".aws"), { recursive: true });
  writeFileSync(join(project.folder, ".aws", "config"), text);
}

describe("the swap uses the Region and account of the tables", () => {
  test("AWS_DEFAULT_REGION before the Region of a shared configuration", async () => {
    await decoy("defaulted");
    const project = await projectOf(program("defaulted", 2), {
      AWS_REGION: "",
      AWS_DEFAULT_REGION: HOME,
    });
    sharedConfig(project, `[default]\nregion = ${ELSEWHERE}\n`);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await rows("defaulted")).toEqual([2, 1]);
  });

  test("an explicit aws provider, without the stack's own settings", async () => {
    await decoy("explicit");
    const before = `const other = new aws.Provider("other", { region: "${HOME}", useFipsEndpoint: true, endpoints: [{ dynamodb: "${regions.endpoint}" }] });`;
    const opts = "{ providers: { aws: other } }";
    const project = await projectOf(program("explicit", 2, { before, opts }), {
      AWS_REGION: ELSEWHERE,
    });
    await project.pulumi("config", "set", "aws:profile", "nobody");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await rows("explicit")).toEqual([2, 1]);
    expect(await project.up("--expect-no-changes")).toMatchObject({ code: 0 });
  });

  test("table: { region }, with the control table that is made for them", async () => {
    await decoy("placed");
    const project = await projectOf(
      `new swap.VersionedTable("placed", {
         alias: "placed", table: { region: "${HOME}", ...${table} }, versions: [1, 2], activeVersion: 2,
       });`,
      { AWS_REGION: ELSEWHERE },
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await rows("placed")).toEqual([2, 1]);
  });

  test("keys of the environment before AWS_PROFILE", async () => {
    const project = await projectOf(program("profiled", 1), { AWS_PROFILE: "other" });
    sharedConfig(
      project,
      `[profile other]\nregion = ${ELSEWHERE}\naws_access_key_id = of-profile\naws_secret_access_key = x\n`,
    );
    callers();
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(callers()).toEqual(new Set(["of-env"]));
  });

  test("aws:assumeRoles", async () => {
    const project = await projectOf(program("assumed", 1), { AWS_ENDPOINT_URL_STS: sts.endpoint });
    const roles = JSON.stringify([{ roleArn: "arn:aws:iam::123456789012:role/deploy" }]);
    await project.pulumi("config", "set", "aws:assumeRoles", roles);
    callers();
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(callers()).toEqual(new Set(["as-deploy"]));
  });

  test("aws:accessKey and aws:secretKey, which no state holds", async () => {
    const project = await projectOf(program("keyed", 1));
    await project.pulumi("config", "set", "--secret", "aws:accessKey", "of-stack");
    await project.pulumi("config", "set", "--secret", "aws:secretKey", "hunter2");
    callers();
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(callers()).toEqual(new Set(["of-stack"]));
    const { output } = await project.pulumi("stack", "export", "--show-secrets");
    const own = JSON.parse(output).deployment.resources.filter(({ type }: { type: string }) =>
      type.includes("swap:"),
    );
    expect(own.length).toBeGreaterThan(2);
    expect(JSON.stringify(own)).not.toMatch(/of-stack|hunter2/);
  });

  test("aws:customCaBundle", async () => {
    const args = `connection: { endpoint: "${regions.secure}" },`;
    const project = await projectOf(program("bundled", 1, { args }));
    const untrusted = await project.up();
    expect(untrusted.code).not.toBe(0);
    await project.pulumi("config", "set", "aws:customCaBundle", CERTIFICATE);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await findActive(at(HOME, "bundled_swap"), "bundled")).toMatchObject({ version: 1 });
  });
});

describe("what can't be followed is refused by the preview", () => {
  test.each([
    ["aws:endpoints", "http://127.0.0.1:8000"],
    ["aws:endpoints", '[{"dynamodb": 8000}]'],
    ["aws:useDualstackEndpoint", "true"],
    ["aws:insecure", "true"],
    ["aws:sharedConfigFiles", '["/nowhere"]'],
    ["aws:customCaBundle", "/nowhere/ca.pem"],
    ["aws:assumeRoles", '[{"roleArn": "deploy"}]'],
  ])("%s = %s", async (name, value) => {
    const project = await projectOf(program("refused", 1));
    await project.pulumi("config", "set", name, value);
    const { code, output } = await project.preview();
    expect(code).not.toBe(0);
    const field = /^aws:(useDualstackEndpoint|customCaBundle)$/.test(name) ? name.slice(4) : name;
    expect(output).toMatch(
      messageOf("swap.input-invalid", {
        name: new RegExp(`${field}(\\[0\\]\\.roleArn)?`),
      }),
    );
    expect(output).not.toMatch(/^ +at /m);
  });

  test.each([
    ["versions in two Regions", `versions: { 1: { region: "${ELSEWHERE}" }, 2: {} },`],
    [
      "a connection to another Region",
      `table: { region: "${HOME}", ...${table} }, connection: { region: "${ELSEWHERE}" },`,
    ],
  ])("%s", async (_case, args) => {
    const project = await projectOf(program("apart", 1, { args }));
    const { code, output } = await project.preview();
    expect(code).not.toBe(0);
    expect(output).toMatch(/egion .*egion/);
  });
});

describe("the proof", () => {
  test("a connection that reaches another Region's tables of the same names", async () => {
    const project = await projectOf(program("proved", 1));
    expect(await project.up()).toMatchObject({ code: 0 });
    await decoy("proved");
    const args = `connection: { region: "${ELSEWHERE}" },`;
    project.write(program("proved", 2, { args }));
    for (const run of [() => project.preview(), () => project.up()]) {
      const { code, output } = await run();
      expect(code).not.toBe(0);
      expect(output).toContain(`arn:aws:dynamodb:${ELSEWHERE}:000000000000:table/proved_swap`);
      expect(output).toContain(`arn:aws:dynamodb:${HOME}:000000000000:table/proved_`);
    }
    expect(await rows("proved")).toEqual([1, 1]);
  });

  test.each([
    ["without such tables there", false],
    ["with a control table of the name there", true],
  ])(
    "a refresh and a destroy from another Region, %s, keep guards and tables",
    async (_case, decoyed) => {
      const alias = decoyed ? "decoyed" : "bare";
      const project = await projectOf(program(alias, 2));
      expect(await project.up()).toMatchObject({ code: 0 });
      if (decoyed) await decoy(alias);
      project.env.AWS_REGION = ELSEWHERE;
      await project.refresh();
      const types = (await project.things()).map(({ type }) => type);
      expect(types.filter((type) => type.endsWith("VersionGuard"))).toHaveLength(2);
      expect((await project.destroy()).code).not.toBe(0);
      for (const version of [1, 2]) {
        const TableName = `${alias}_v${version}`;
        const { Table } = await client(HOME).send(new DescribeTableCommand({ TableName }));
        expect(Table?.TableStatus).toBe("ACTIVE");
      }
    },
  );
});
