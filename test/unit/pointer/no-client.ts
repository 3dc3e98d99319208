import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { WritableControlTableRef } from "../../../src/pointer";

/** A reference whose client counts what it is asked and answers nothing. */
export function noClient(): { ref: WritableControlTableRef; asked: unknown[] } {
  const asked: unknown[] = [];
  const send = async (command: unknown) => {
    asked.push(command);
    throw new Error("a request was made");
  };
  return { asked, ref: { client: { send } as unknown as DynamoDBClient, controlTable: "swap" } };
}
