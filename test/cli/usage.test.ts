import { jsonOf, swap } from "./swap";

const named = { SWAP_CONTROL_TABLE: "test_swap" };

test.each<[string, string[], Record<string, string>, string, string]>([
  [
    "an alias that is no name",
    ["get", "a/b"],
    named,
    'alias "a/b" is not valid: "/" is not allowed in a DynamoDB table name',
    "use letters, digits, '_', '-' and '.', short enough for <alias>_v<N> to be a table name",
  ],
  ["no alias", ["get"], named, "no alias given", "write swap get ALIAS or set SWAP_ALIAS"],
  [
    "no control table",
    ["get", "orders"],
    {},
    "no control table given",
    "pass --control-table NAME or set SWAP_CONTROL_TABLE",
  ],
  [
    "a control table that is no name",
    ["get", "orders", "--control-table", "a b"],
    {},
    "control table \"a b\" is not valid: want a DynamoDB table name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'",
    "pass --control-table NAME or set SWAP_CONTROL_TABLE",
  ],
  [
    "an endpoint that is no URL",
    ["get", "orders", "--endpoint-url", "localhost"],
    named,
    'flag --endpoint-url "localhost" is not valid: want an http:// or https:// URL',
    "pass a URL such as http://127.0.0.1:8000, or leave it out for AWS",
  ],
  [
    "an unknown flag",
    ["get", "orders", "--tabel"],
    named,
    "flag --tabel is not valid: swap get has no such flag",
    "see swap get --help for its flags",
  ],
  [
    "a slip of the hand in a flag",
    ["list", "--regoin"],
    named,
    "flag --regoin is not valid: swap list has no such flag",
    "did you mean --region? see swap list --help",
  ],
  [
    "a Region that is no name",
    ["get", "orders", "--region", "eu west"],
    named,
    "flag --region \"eu west\" is not valid: want the code of an AWS Region: letters, digits and '-'",
    "write it such as eu-west-1, or leave it out",
  ],
  [
    "a Region of the environment that is no name",
    ["get", "orders"],
    { ...named, AWS_REGION: "eu_west" },
    "AWS_REGION \"eu_west\" is not valid: want the code of an AWS Region: letters, digits and '-'",
    "write it such as eu-west-1, or leave it out",
  ],
  [
    "an empty profile",
    ["get", "orders", "--profile", ""],
    named,
    'flag --profile "" is not valid: it is empty',
    "name a profile, or leave it out",
  ],
  [
    "an endpoint of the environment that is no URL",
    ["get", "orders"],
    { ...named, AWS_ENDPOINT_URL_DYNAMODB: "localhost:8000" },
    'AWS_ENDPOINT_URL_DYNAMODB "localhost:8000" is not valid: want an http:// or https:// URL',
    "pass a URL such as http://127.0.0.1:8000, or leave it out for AWS",
  ],
  [
    "an argument of a command that takes none",
    ["list", "orders"],
    named,
    'argument "orders" is not valid: swap list takes no such argument',
    "see swap list --help",
  ],
  [
    "an empty command",
    [""],
    named,
    'command "" is not valid: swap has no such command',
    "see swap --help",
  ],
  [
    "a flag without its value",
    ["resolve", "orders", "--region"],
    named,
    "flag --region is not valid: it has no value",
    "write a value after it",
  ],
  [
    "a flag given twice",
    ["get", "orders", "--region", "a", "--region", "b"],
    named,
    "flag --region is not valid: it is given more than once",
    "give it once",
  ],
  [
    "a value that is none of the choices",
    ["env", "orders", "--format", "toml"],
    named,
    'flag --format "toml" is not valid: want one of shell, dotenv, json',
    "pass one of shell, dotenv, json",
  ],
  [
    "a shell without completion",
    ["autocomplete", "tcsh"],
    named,
    'argument "tcsh" is not valid: want one of zsh, bash, powershell',
    "pass one of zsh, bash, powershell",
  ],
  [
    "aliases named with --all",
    ["watch", "orders", "--all"],
    named,
    "flag --all is not valid: aliases are named as well",
    "leave out one or the other",
  ],
  [
    "an argument too many",
    ["get", "orders", "7"],
    named,
    'argument "7" is not valid: swap get takes no more arguments',
    "see swap get --help",
  ],
  [
    "an unknown command",
    ["gte", "orders"],
    named,
    'command "gte" is not valid: swap has no such command',
    "did you mean swap get? see swap --help",
  ],
  [
    "help of an unknown command",
    ["frobnicate", "--help"],
    named,
    'command "frobnicate" is not valid: swap has no such command',
    "see swap --help",
  ],
  [
    "a flag without a command",
    ["--frobnicate"],
    named,
    "flag --frobnicate is not valid: swap wants a command first",
    "see swap --help",
  ],
])("%s: one clear line and exit code 2", async (_case, args, env, message, hint) => {
  const stderr = `swap: ${message}\n  fix: ${hint}\n`;
  expect(await swap(args, env)).toEqual({ code: 2, stdout: "", stderr });

  const json = await swap([...args, "--json"], env);
  expect(json).toMatchObject({ code: 2, stderr: "" });
  expect(jsonOf(json)).toMatchObject({ error: { message, hint } });
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

test("swap alone shows its commands", async () => {
  const ran = await swap([]);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toContain("Print the active version of an alias.");
});
