import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SwapError } from "../../src/errors";
import { AWS_ENV, ended, start } from "../cli/swap";
import { REFUSING } from "../support/ports";
import { lineStart } from "../support/refused-inputs";
import { expectDiscreet, planted } from "./clear";

const profiles = mkdtempSync(join(tmpdir(), "swap-bad-input-"));
const file = (name: string, text: string) => {
  const path = join(profiles, name);
  writeFileSync(path, text);
  return path;
};
afterAll(() => rmSync(profiles, { recursive: true, force: true }));

const { password: _, ...credentials } = planted;
const named = { SWAP_CONTROL_TABLE: "shop_swap", SWAP_ALIAS: "orders" };
const keyless = { ...named, AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

type Env = Record<string, string>;

/** How the line begins, up to AWS's or the SDK's words. */
const denied = new SwapError("swap.access-denied", {
  action: "GetItem",
  resource: named.SWAP_CONTROL_TABLE,
  reason: "",
  fix: "",
}).message;
const silence = (endpoint: string) =>
  new SwapError("swap.unreachable", { endpoint, action: "GetItem", reason: "" }).message;
const longAlias = "a".repeat(300);

/** What is typed or set wrong, the exit code and how the printed line begins, in whatever command. */
const cases: [what: string, args: string, env: Env, code: number, line: string][] = [
  ["a negative interval", "watch --interval -1s", named, 2, lineStart("flag --interval", '"-1s"')],
  [
    "an interval without a unit",
    "watch --interval 5",
    named,
    2,
    lineStart("flag --interval", '"5"'),
  ],
  [
    "a timeout that is a word",
    "wait --version 4 --timeout soon",
    named,
    2,
    lineStart("flag --timeout", '"soon"'),
  ],
  ["a version that is a word", "wait --version four", named, 2, lineStart("version", '"four"')],
  ["a version 0", "wait --version 0", named, 2, lineStart("version", '"0"')],
  [
    "a version beyond 2^53-1",
    "wait --version 9007199254740993",
    named,
    2,
    lineStart("version", '"9007199254740993"'),
  ],
  [
    "an alias of the environment",
    "get",
    { ...named, SWAP_ALIAS: "a/b" },
    2,
    lineStart("alias", '"a/b"'),
  ],
  ["a lone surrogate", "get a\ud800b", named, 2, lineStart("alias", '"a\ufffdb"')],
  ["a colour in an alias", "get \u001b[31mred", named, 2, lineStart("alias", '"\\u001b[31mred"')],
  ["a very long alias", `get ${longAlias}`, named, 2, lineStart("alias", `"${longAlias}"`)],
  [
    "a path for a control table",
    "get",
    { ...named, SWAP_CONTROL_TABLE: "../x" },
    2,
    lineStart("control table", '"../x"'),
  ],
  [
    "an ARN of another service",
    "get --control-table arn:aws:s3:::b",
    named,
    2,
    lineStart("control table", '"arn:aws:s3:::b"'),
  ],
  ["an unknown format", "env --format yaml", named, 2, lineStart("flag --format", '"yaml"')],
  ["a flag that sets a password", "get --password x", named, 2, lineStart("flag", "--password")],
  [
    "an endpoint with a password",
    `get --endpoint-url http://me:${planted.password}@127.0.0.1:8000`,
    named,
    2,
    lineStart("flag --endpoint-url", '"http://…@127.0.0.1:8000"'),
  ],
  [
    "an endpoint of the environment with a password",
    "get",
    { ...named, AWS_ENDPOINT_URL: `https://:${planted.password}@host` },
    2,
    lineStart("AWS_ENDPOINT_URL", '"https://…@host"'),
  ],
  [
    "an endpoint that is no URL, with a password",
    "get",
    { ...named, AWS_ENDPOINT_URL_DYNAMODB: `me:${planted.password}@host` },
    2,
    lineStart("AWS_ENDPOINT_URL_DYNAMODB", '"…@host"'),
  ],
  [
    "a Region with a path",
    "get",
    { ...named, AWS_REGION: "eu/../x" },
    2,
    lineStart("AWS_REGION", '"eu/../x"'),
  ],
  [
    "a default Region with spaces",
    "get",
    { ...named, AWS_REGION: "", AWS_DEFAULT_REGION: "eu west" },
    2,
    lineStart("AWS_DEFAULT_REGION", '"eu west"'),
  ],
  ["no Region", "get", { ...named, AWS_REGION: "" }, 2, lineStart("AWS region", '""')],
  ["no credentials", "get", keyless, 6, denied],
  ["half of the credentials", "get", { ...keyless, AWS_ACCESS_KEY_ID: "AKIA" }, 6, denied],
  ["a profile that is not there", "get --profile nobody", keyless, 6, denied],
  [
    "a profile file that is no INI",
    "get --profile dev",
    { ...keyless, AWS_SHARED_CREDENTIALS_FILE: file("broken", `}{ ${planted.password} = [`) },
    6,
    denied,
  ],
  [
    "a profile without a secret",
    "get --profile dev",
    {
      ...keyless,
      AWS_SHARED_CREDENTIALS_FILE: file("half", `[dev]\naws_session_token = ${planted.password}\n`),
    },
    6,
    denied,
  ],
  [
    "a profile whose process fails with a secret",
    "get --profile dev",
    {
      ...keyless,
      AWS_CONFIG_FILE: file("process", "[profile dev]\ncredential_process = /bin/false\n"),
    },
    6,
    denied,
  ],
  [
    "a profile that names itself",
    "get --profile dev",
    {
      ...keyless,
      AWS_CONFIG_FILE: file(
        "loop",
        "[profile dev]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = dev\n",
      ),
    },
    6,
    denied,
  ],
  [
    "a token file that is not there",
    "get",
    {
      ...keyless,
      AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere/token",
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/x",
    },
    6,
    denied,
  ],
  [
    "an unknown host",
    "get --endpoint-url http://nowhere.invalid",
    named,
    7,
    silence("http://nowhere.invalid"),
  ],
  [
    "a port that speaks no HTTP",
    "get --endpoint-url http://127.0.0.1:9",
    named,
    7,
    silence("http://127.0.0.1:9"),
  ],
  [
    "an https endpoint of nobody",
    "get --endpoint-url https://127.0.0.1:9",
    named,
    7,
    silence("https://127.0.0.1:9"),
  ],
];

test.each(cases)(
  "%s: one clear line and the right exit code",
  async (_what, args, env, code, line) => {
    const home = mkdtempSync(join(tmpdir(), "swap-home-"));
    mkdirSync(join(home, ".aws"));
    const words = args.split(" ");
    const child = start(words, {
      ...AWS_ENV,
      ...credentials,
      HOME: home,
      AWS_MAX_ATTEMPTS: "1",
      ...env,
    });
    const ran = await ended(child);
    rmSync(home, { recursive: true });
    expectDiscreet(ran.stdout + ran.stderr);
    const [told, fix, ...more] = ran.stderr.trimEnd().split("\n");
    expect(told?.slice(0, `swap: ${line}`.length)).toBe(`swap: ${line}`);
    expect(fix).toMatch(/^ {2}fix: \S/);
    expect(more).toEqual([]);
    expect(ran).toMatchObject({ code, stdout: "" });
  },
);

test("what Node, oclif and the SDK print for debugging shows no credential", async () => {
  const endpoint = REFUSING;
  const env = { ...AWS_ENV, ...credentials, ...named, DEBUG: "*", NODE_DEBUG: "http" };
  const child = start(["get", "--endpoint-url", endpoint], env);
  let shown = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      shown += data;
    });
  expect((await once(child, "close"))[0]).toBe(7);
  expect(shown.length).toBeGreaterThan(1_000);
  for (const secret of [planted.AWS_SECRET_ACCESS_KEY, planted.password])
    expect(shown).not.toContain(secret);
});
