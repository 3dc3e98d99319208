import { jsonOf, swap } from "./swap";

const named = { SWAP_CONTROL_TABLE: "test_swap" };

/** The wording of each case is in the snapshot of this file: what only the command line says. */
test.each<[string, string[], Record<string, string>, object]>([
  ["an alias that is no name", ["get", "a/b"], named, { code: "swap.alias-invalid", alias: "a/b" }],
  ["no alias", ["get"], named, { name: "alias", value: "(none)" }],
  ["no control table", ["get", "orders"], {}, { name: "control table", value: "(none)" }],
  [
    "a control table that is no name",
    ["get", "orders", "--control-table", "a b"],
    {},
    { name: "control table", value: '"a b"' },
  ],
  [
    "an endpoint that is no URL",
    ["get", "orders", "--endpoint-url", "localhost"],
    named,
    { name: "flag --endpoint-url", value: '"localhost"' },
  ],
  ["an unknown flag", ["get", "orders", "--tabel"], named, { name: "flag", value: "--tabel" }],
  [
    "a slip of the hand in a flag",
    ["list", "--regoin"],
    named,
    { name: "flag", value: "--regoin" },
  ],
  [
    "a Region that is no name",
    ["get", "orders", "--region", "eu west"],
    named,
    { name: "flag --region", value: '"eu west"' },
  ],
  [
    "a Region of the environment that is no name",
    ["get", "orders"],
    { ...named, AWS_REGION: "eu_west" },
    { name: "AWS_REGION", value: '"eu_west"' },
  ],
  [
    "an empty profile",
    ["get", "orders", "--profile", ""],
    named,
    { name: "flag --profile", value: '""' },
  ],
  [
    "an endpoint of the environment that is no URL",
    ["get", "orders"],
    { ...named, AWS_ENDPOINT_URL_DYNAMODB: "localhost:8000" },
    { name: "AWS_ENDPOINT_URL_DYNAMODB", value: '"localhost:8000"' },
  ],
  [
    "an argument of a command that takes none",
    ["list", "orders"],
    named,
    { name: "argument", value: '"orders"' },
  ],
  ["an empty command", [""], named, { name: "command", value: '""' }],
  [
    "a flag without its value",
    ["resolve", "orders", "--region"],
    named,
    { name: "flag", value: "--region" },
  ],
  [
    "a flag given twice",
    ["get", "orders", "--region", "a", "--region", "b"],
    named,
    { name: "flag", value: "--region" },
  ],
  [
    "a value that is none of the choices",
    ["env", "orders", "--format", "toml"],
    named,
    { name: "flag --format", value: '"toml"' },
  ],
  [
    "a shell without completion",
    ["completion", "tcsh"],
    named,
    { name: "argument", value: '"tcsh"' },
  ],
  [
    "aliases named with --all",
    ["watch", "orders", "--all"],
    named,
    { name: "flag", value: "--all" },
  ],
  ["an argument too many", ["get", "orders", "7"], named, { name: "argument", value: '"7"' }],
  ["an unknown command", ["gte", "orders"], named, { name: "command", value: '"gte"' }],
  [
    "help of an unknown command",
    ["frobnicate", "--help"],
    named,
    { name: "command", value: '"frobnicate"' },
  ],
  ["a flag without a command", ["--frobnicate"], named, { name: "flag", value: "--frobnicate" }],
])("%s: one clear line and exit code 2", async (_case, args, env, payload) => {
  const json = await swap([...args, "--json"], env);
  expect(json).toMatchObject({ code: 2, stderr: "" });
  const { error } = jsonOf(json) as { error: { message: string; hint: string } };
  expect(error).toMatchObject({ code: "swap.input-invalid", ...payload });

  const stderr = `swap: ${error.message}\n  fix: ${error.hint}\n`;
  expect(await swap(args, env)).toEqual({ code: 2, stdout: "", stderr });
  expect(stderr).toMatchSnapshot();
});

test("NODE_ENV does not turn compiled code back into sources", async () => {
  const ran = await swap(["get", "a/b"], { ...named, NODE_ENV: "development" });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr.trimEnd().split("\n")).toHaveLength(2);
});

const commands = [
  "doctor",
  "env",
  "get",
  "history",
  "list",
  "resolve",
  "versions",
  "wait",
  "watch",
];

test.each(commands)("%s --help shows usage, flags and examples", async (command) => {
  const ran = await swap([command, "--help"]);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  for (const part of ["USAGE", `swap ${command} [`, "--control-table", "EXAMPLES", "--json"])
    expect(ran.stdout).toContain(part);
});

test.each(commands)("the examples of %s --help can be copied into a shell", async (command) => {
  const { stdout } = await swap([command, "--help"]);
  const examples = stdout.slice(stdout.indexOf("EXAMPLES"));
  // A line that is broken inside of quotes is another command than the one that is meant.
  for (const row of examples.split("\n").filter((each) => each.endsWith("\\")))
    for (const quote of ["'", '"']) expect(row.split(quote).length % 2).toBe(1);
});

test("-h is --help", async () => {
  expect(await swap(["get", "-h"])).toEqual(await swap(["get", "--help"]));
});

test("swap without arguments shows its commands", async () => {
  const ran = await swap([]);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  for (const command of commands)
    expect(ran.stdout).toMatch(new RegExp(`^ {2}${command} {2,}\\S`, "m"));
});
