import "../../support/one-realm";
import { SwapError } from "../../../src/errors";
import { PREVIEW, type Props, UNKNOWN } from "../../../src/plugin/host/values";
import { EngineLog } from "../../../src/plugin/server/engine-log";
import { SwapProvider } from "../../../src/plugin/server/provider";
import { lineStart } from "../../support/refused-inputs";
import { makeRepository } from "../../support/repository";

const urn = (type: string) =>
  `urn:pulumi:prod::shop::swap:index:VersionedTable$swap:index:${type}::x`;
/** Nothing listens there: whatever would be sent fails. */
const connection = { region: "eu-west-1", endpoint: "http://127.0.0.1:1" };
const PULUMI_CONFIG = JSON.stringify(connection);
const swap = new SwapProvider({ PULUMI_CONFIG }, new EngineLog(undefined));
const checkout = process.cwd();
const repository = makeRepository();
beforeAll(() => {
  // The provider asks git in its working folder, and this checkout may be an archive.
  process.chdir(repository.folder);
  process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = "local";
});

afterAll(() => {
  process.chdir(checkout);
  repository.remove();
});

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
const inputs: Props = { alias: "orders", controlTable: UNKNOWN, version: 4, connection };

test("check fills in who and why, as the TypeScript classes do", async () => {
  const { inputs: checked, failures } = await swap.check(urn("ActiveVersion"), {}, inputs);
  expect(failures).toEqual([]);
  expect(checked).toMatchObject({ ...inputs, actor: "pulumi:shop/prod" });
  expect(checked.reason).toBe(`commit ${repository.commit}`);
  const said = { ...inputs, actor: "me", reason: "because" };
  const kept = await swap.check(urn("ActiveVersion"), {}, said);
  expect(kept.inputs).toMatchObject({ actor: "me" });
  expect(kept.inputs.reason).toBe(`because (commit ${repository.commit})`);
});

test("check fills in a guard's grace and a seed's actor", async () => {
  const guard = await swap.check(urn("VersionGuard"), {}, { ...inputs, table: "orders_v4" });
  expect(guard.inputs).toMatchObject({ grace: "24h" });
  const seed = await swap.check(urn("PointerSeed"), {}, inputs);
  expect(seed.inputs).toMatchObject({ actor: "pulumi:shop/prod" });
});

test("a secret goes through check as it came", async () => {
  const alias = secret("orders");
  const { inputs: checked } = await swap.check(urn("ActiveVersion"), {}, { ...inputs, alias });
  expect(checked.alias).toEqual(alias);
});

test("failures name their property", async () => {
  const wrong = { ...inputs, version: 1.5, onDelete: "drop" };
  const { failures } = await swap.check(urn("ActiveVersion"), {}, wrong);
  expect(failures?.map(({ property }) => property)).toEqual(["version", "onDelete"]);
});

test("a preview gives the table, leaves the rest unknown, and makes no request", async () => {
  const asked = { ...inputs, reason: secret("hush"), [PREVIEW]: true };
  const { id, outs } = await swap.create(urn("ActiveVersion"), asked);
  expect(id).toBe("");
  expect(outs).toMatchObject({ version: 4, table: "orders_v4", activatedAt: UNKNOWN });
  expect(outs.reason).toEqual(secret("hush"));
  expect(outs).not.toHaveProperty(PREVIEW);
  const later = await swap.update("i", urn("ActiveVersion"), {}, { ...asked, version: UNKNOWN });
  expect(later.outs).toMatchObject({ version: UNKNOWN, table: UNKNOWN });
});

test("what a dynamic host left in the state is no difference", async () => {
  const news = { ...inputs, controlTable: "shop_swap", table: "orders_v4", grace: "1h" };
  const held = { ...news, __provider: "code", __urn: "urn:pulumi:x" };
  expect(await swap.diff("i", urn("VersionGuard"), held, news)).toMatchObject({ changes: false });
  const other = { ...news, grace: "2h" };
  expect(await swap.diff("i", urn("VersionGuard"), held, other)).toMatchObject({ changes: true });
});

test.each([
  ["ActiveVersion", "orders", "<control table>/<alias>"],
  ["ActiveVersion", "/orders", "<control table>/<alias>"],
  ["VersionGuard", "shop_swap/orders", "<control table>/<alias>/<version>"],
  ["VersionGuard", "shop_swap/orders/four", "<control table>/<alias>/<version>"],
  ["VersionGuard", "shop_swap/orders/04", "<control table>/<alias>/<version>"],
  ["PointerSeed", "shop_swap/orders", "seed"],
])("an import of %s %s is refused in one line", async (type, id, wanted) => {
  const line = await swap.read(id, urn(type)).catch((thrown: Error) => thrown.message);
  expect(line).toContain(lineStart("id", JSON.stringify(id)));
  expect(line).toContain(wanted);
  expect(line).not.toContain("\n");
});

/** How the message of a request begins that nobody answers. */
const silence = (action: string) =>
  new SwapError("swap.unreachable", { endpoint: connection.endpoint, action, reason: "" }).message;

test("a refused delete and an unknown type give one line", async () => {
  const guard = { ...inputs, controlTable: "shop_swap", grace: "1h" };
  await expect(swap.delete("i", urn("VersionGuard"), guard)).rejects.toThrow(silence("GetItem"));
  await expect(swap.check(urn("Nothing"), {}, {})).rejects.toThrow("swap:index:Nothing");
  await expect(swap.construct("x", "swap:index:Nothing", {}, {})).rejects.toThrow(
    "swap:index:Nothing",
  );
});

test("it is busy while it works", async () => {
  expect(swap.busy).toBe(false);
  const work = swap.read("shop_swap/orders/4", urn("VersionGuard"));
  expect(swap.busy).toBe(true);
  await expect(work).rejects.toThrow(silence("DescribeTable"));
  expect(swap.busy).toBe(false);
});
