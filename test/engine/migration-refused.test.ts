import {
  DeleteTableCommand,
  type StreamViewType,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { Project } from "./project";
import { refused, refusedInput } from "./refused-run";

const control = "moving_swap";
beforeAll(() => controlTable(control));

const program = (versions: string) => `
new swap.VersionedTable("data", { alias: "moving", controlTable: "${control}",
  table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  versions: ${versions}, activeVersion: 1 });`;
const MIGRATING = "{ 1: {}, 2: { migrateFrom: { version: 1 } } }";
const DECLARING = `{ 1: { streamViewType: "NEW_AND_OLD_IMAGES" },
  2: { streamViewType: "NEW_AND_OLD_IMAGES", migrateFrom: { version: 1 } } }`;

/** Turns a stream on, or off, as another program would. */
const setStream = (TableName: string, StreamViewType?: StreamViewType) =>
  dynamodb().send(
    new UpdateTableCommand({
      TableName,
      StreamSpecification: {
        StreamEnabled: StreamViewType !== undefined,
        ...(StreamViewType && { StreamViewType }),
      },
    }),
  );

test("a preview refuses tables that a migration can't use, and the update makes none of its resources", async () => {
  // The refusals come before the first request to Lambda and Step Functions.
  const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:9" };
  const project = new Project(program("[1, 2]"), { env });
  await project.init();
  expect(await project.up()).toMatchObject({ code: 0 });
  project.write(program(MIGRATING));
  for (const version of [1, 2]) {
    // Also one of the view that it needs: the end of the migration would turn it off under its readers.
    await setStream(`moving_v${version}`, version === 1 ? "KEYS_ONLY" : "NEW_AND_OLD_IMAGES");
    const line = refusedInput(`streamViewType of version ${version}`, "(left out)");
    refused(await project.preview(), line);
    if (version === 1) refused(await project.up(), line);
    await setStream(`moving_v${version}`);
  }

  await versionTable("moving_migration", "pk");
  const exists = refusedInput("migrateFrom", '"moving_migration"');
  refused(await project.preview(), exists);
  await dynamodb().send(new DeleteTableCommand({ TableName: "moving_migration" }));
  expect(await project.preview()).toMatchObject({ code: 0 });

  // Declared, a change of the view is the program's.
  await setStream("moving_v1", "KEYS_ONLY");
  project.write(program(DECLARING));
  expect(await project.preview()).toMatchObject({ code: 0 });
  await setStream("moving_v1");

  // No function can be made here: the update fails, as one that is killed, with or without the table made.
  project.write(program(MIGRATING));
  const failed = await project.up();
  expect(failed.code).not.toBe(0);
  expect(failed.output).not.toMatch(exists);
  await versionTable("moving_migration", "pk").catch(() => {});
  // The stream is the migration's by now.
  await setStream("moving_v1", "NEW_AND_OLD_IMAGES").catch(() => {});
  expect(await project.preview()).toMatchObject({ code: 0 });
  project.remove();
});
