import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { findActive } from "../../src/pointer";
import { swap } from "../cli/swap";
import { blocksOf, textOf } from "../docs/blocks";
import { commandsOf, swapArguments } from "../docs/commands";
import { dynamodb } from "./dynamodb";
import { Project } from "./project";

const PAGE = "docs/getting-started.md";

/** Other tests have their own shop and orders. */
const apart = (text: string) =>
  text
    .replace('ControlTable("shop")', 'ControlTable("started")')
    .replace('alias: "orders"', 'alias: "started"');

/** The page's program, then the lines that each later step puts in the place of the last ones. */
const [first = "", ...steps] = blocksOf(PAGE, textOf(PAGE))
  .filter(({ language, text }) => language === "ts" && !text.includes("@aws-sdk"))
  .map(({ text }) => apart(text));

const LINES = /^ {2}versions: [\s\S]*?(?=^\}\);)/m;

/** The program at a step, as CommonJS. */
function programAt(step: number): string {
  const lines = steps[step - 1];
  if (lines === undefined) throw new Error(`${PAGE} has no step ${step}`);
  return commonJs(first.replace(LINES, `${lines}\n`));
}

const commonJs = (text: string) =>
  text
    .replace(/^import .*;$/gm, "")
    .replace("ControlTable(", "swap.ControlTable(")
    .replace("VersionedTable(", "swap.VersionedTable(")
    .replace(/^export const (\w+)/gm, "exports.$1");

const row = () => findActive({ client: dynamodb(), controlTable: "started_swap" }, "started");

const project = new Project(commonJs(first));
beforeAll(() => project.init());
afterAll(() => project.remove());

test("the program makes version 1 live", async () => {
  expect(steps).toHaveLength(3);
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 1 });
  const items = ["1", "2", "3"].map((id) => ({ PutRequest: { Item: { orderId: { S: id } } } }));
  await dynamodb().send(new BatchWriteItemCommand({ RequestItems: { started_v1: items } }));
});

test("version 2 is added, copied and verified by the commands of the page", async () => {
  project.write(programAt(1));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 1 });
  const env = {
    AWS_ACCESS_KEY_ID: "local",
    AWS_ENDPOINT_URL_DYNAMODB: process.env.TEST_DYNAMODB as string,
    SWAP_CONTROL_TABLE: "started_swap",
  };
  const commands = blocksOf(PAGE, textOf(PAGE))
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => commandsOf(text))
    .flatMap((command) => swapArguments(command) ?? [])
    .join(" ");
  expect(commands).toContain("migrate copy orders --from 1 --to 2 verify orders 1 2");
  for (const args of [
    ["migrate", "copy", "started", "--from", "1", "--to", "2"],
    ["verify", "started", "1", "2"],
  ])
    expect(await swap(args, env)).toMatchObject({ code: 0 });
});

test("the cut-over passes its gate", async () => {
  project.write(programAt(2));
  expect(await project.preview()).toMatchObject({ code: 0 });
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 2, previous: 1 });
});

test("the permission is revoked", async () => {
  project.write(programAt(3));
  expect(await project.up()).toMatchObject({ code: 0 });
  expect(await row()).toMatchObject({ version: 1, barred: [2] });
});
