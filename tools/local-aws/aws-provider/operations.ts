import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  RestoreTableToPointInTimeCommand,
} from "@aws-sdk/client-dynamodb";
import type { Props } from "../../../src/plugin/host/values";
import { alter } from "./alter";
import { clientFor } from "./client";
import type { Configuration } from "./configuration";
import { isNamed, type LiveTable, liveTable } from "./live";
import { outputsOf } from "./outputs";
import { createRequest, restoreRequest } from "./requests";
import { settle } from "./settle";
import type { TableInputs } from "./table";
import { untilActive, untilGone } from "./wait";

/** A table that lacks a declared setting; the engine keeps it in the state with the reason. */
export class PartialUpdateError extends Error {
  readonly reasons: string[];

  /** @param properties what is known of the table, its outputs if it could be read */
  constructor(
    readonly id: string,
    readonly properties: Props,
    cause: unknown,
  ) {
    super((cause as Error).message);
    this.reasons = [this.message];
  }
}

/** Creates a table, waits until it has all declared settings, and returns its outputs. */
export async function createTable(asked: TableInputs, conf: Configuration): Promise<Props> {
  const { client, region } = connected(asked, conf);
  const restored = asked.restoreSourceName || asked.restoreSourceTableArn;
  await (restored
    ? client.send(new RestoreTableToPointInTimeCommand(restoreRequest(asked)))
    : client.send(new CreateTableCommand(createRequest(asked)))
  ).catch(explained(`creating table ${asked.name}`));
  try {
    await untilActive(client, asked.name);
    if (restored) await alterTo(client, asked, conf);
    await settle(client, await existing(client, asked.name), asked, allTags(asked, conf));
    return outputs(await existing(client, asked.name), asked, conf);
  } catch (error) {
    throw new PartialUpdateError(asked.name, { ...asked, region }, error);
  }
}

/** Updates a table to the declared settings, waits for them, and returns its outputs. */
export async function updateTable(
  id: string,
  asked: TableInputs,
  conf: Configuration,
): Promise<Props> {
  const { client } = connected(asked, conf);
  await untilActive(client, id);
  try {
    await alterTo(client, asked, conf);
    await settle(client, await existing(client, id), asked, allTags(asked, conf));
  } catch (error) {
    const live = await liveTable(client, id).catch(() => undefined);
    if (live === undefined) throw error;
    throw new PartialUpdateError(id, outputs(live, asked, conf), error);
  }
  return outputs(await existing(client, id), asked, conf);
}

/** The present outputs of a table; undefined if it does not exist. */
export async function readTable(
  id: string,
  known: Props,
  conf: Configuration,
): Promise<Props | undefined> {
  const { client } = connected(known, conf);
  const live = await liveTable(client, id);
  return live && outputs(live, known, conf);
}

/** Deletes a table and waits until it is gone; one that is gone already is fine. */
export async function deleteTable(id: string, known: Props, conf: Configuration): Promise<void> {
  const { client } = connected(known, conf);
  try {
    await client.send(new DeleteTableCommand({ TableName: id }));
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return;
    explained(`deleting table ${id}`)(error);
  }
  await untilGone(client, id);
}

async function alterTo(
  client: DynamoDBClient,
  asked: TableInputs,
  conf: Configuration,
): Promise<void> {
  const now = outputs(await existing(client, asked.name), asked, conf);
  await alter(client, now as unknown as TableInputs, asked);
}

function connected(of: { region?: unknown }, conf: Configuration) {
  const region = typeof of.region === "string" && of.region ? of.region : conf.region;
  return { client: clientFor(conf.endpoint, region), region };
}

async function existing(client: DynamoDBClient, name: string): Promise<LiveTable> {
  const live = await liveTable(client, name);
  if (live === undefined) throw new Error(`table ${name} is gone: was it deleted by someone else?`);
  return live;
}

const allTags = (asked: TableInputs, conf: Configuration): Record<string, string> => ({
  ...conf.defaultTags,
  ...asked.tags,
});

function outputs(live: LiveTable, known: TableInputs | Props, conf: Configuration): Props {
  return outputsOf(live, known as Props, connected(known, conf).region, conf.defaultTags);
}

function explained(doing: string) {
  return (error: unknown): never => {
    const { name } = error as Error;
    // dynalite sends no message with this error; DynamoDB does.
    const message =
      name === "ResourceInUseException" && doing.startsWith("creating table")
        ? `Table already exists: ${doing.split(" ").at(-1)}; import it, or declare it with adopt: true`
        : (error as Error).message;
    const protectedHint = message.includes("protected against deletion")
      ? " Lift it in an update of its own first: deletionProtectionEnabled false."
      : "";
    throw new Error(`${doing}: ${name}: ${message || "no message"}${protectedHint}`);
  };
}
