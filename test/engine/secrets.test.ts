import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planted } from "../bad-input/clear";
import { Project } from "./project";
import { refusedInput } from "./refused-run";

const control = "secrets_swap";
const { password, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = planted;
const AWS_ACCESS_KEY_ID = "local";
const profile = {
  aws_access_key_id: AWS_ACCESS_KEY_ID,
  aws_secret_access_key: "planted-secret-of-the-profile",
};
const secrets = [password, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, profile.aws_secret_access_key];

const program = (active: number, connection = 'profile: "planted"') => `
const control = new swap.ControlTable("control", {
  name: "${control}", deletionProtection: false, connection: { profile: "planted" },
});
new swap.VersionedTable("orders", {
  alias: "secrets",
  controlTable: control,
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: [1, 2],
  activeVersion: ${active},
  reason: "scan for secrets",
  connection: { ${connection} },
});`;

const project = new Project(program(1), {
  env: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN },
});
project.env.AWS_SHARED_CREDENTIALS_FILE = join(project.folder, "credentials");
const said: Record<string, string> = {};

beforeAll(async () => {
  const lines = Object.entries(profile).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(join(project.folder, "credentials"), ["[planted]", ...lines, ""].join("\n"));
  await project.init();
});
afterAll(() => project.remove());

/** Runs `pulumi` and keeps all that it printed. */
async function run(name: string, code: number, doing: Promise<{ code: number; output: string }>) {
  const { output, code: got } = await doing;
  said[name] = output;
  if (got !== code) throw new Error(`${name} ended with ${got}: ${output.slice(-2_000)}`);
}

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test("a cut-over, a refusal and verbose logs hold no credential, nor does the state", async () => {
  const log = (name: string) => [
    "--logtostderr",
    "-v=9",
    `--tracing=file:${join(project.folder, name)}`,
  ];
  await run("the first up", 0, project.up());
  project.write(program(2));
  await run("a cut-over", 0, project.up(...log("up.trace")));
  project.write(program(1));
  await run("a refused preview", 1, project.preview());
  project.write(program(2, `endpoint: "http://me:${password}@127.0.0.1:8000"`));
  await run("a password in an endpoint", 1, project.preview());
  expect(said["a password in an endpoint"]).toMatch(
    refusedInput("endpoint", '"http://…@127.0.0.1:8000"'),
  );
  project.write(program(2));
  await run("a refresh", 0, project.refresh());
  await run("the exported state", 0, project.pulumi("stack", "export", "--show-secrets"));
  await run("the outputs", 0, project.pulumi("stack", "output", "--json", "--show-secrets"));

  const state = filesBelow(join(project.folder, "state"));
  expect(state.some((path) => path.endsWith("dev.json"))).toBe(true);
  const home = filesBelow(join(project.folder, "home"));
  const written = [...state, ...home, join(project.folder, "up.trace")];
  const shown = { ...said };
  for (const path of written) shown[path] = readFileSync(path, "latin1");
  const found = Object.entries(shown).flatMap(([where, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${where}`),
  );
  expect(found).toEqual([]);
  // What is looked for is looked for in the right place: a reason is found there.
  expect(
    Object.keys(shown).filter((where) => shown[where]?.includes("scan for secrets")),
  ).not.toEqual([]);
});
