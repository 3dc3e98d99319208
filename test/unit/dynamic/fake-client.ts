import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";

/** A client that describes the tables given, and counts how often it was asked. */
export function describing(tables: Record<string, TableDescription | Error>): {
  client: DynamoDBClient;
  asked: string[];
} {
  const asked: string[] = [];
  const send = async ({ input }: { input: { TableName: string } }) => {
    asked.push(input.TableName);
    const found = tables[input.TableName];
    if (found instanceof Error) throw found;
    if (found) return { Table: found };
    throw Object.assign(new Error("no such table"), { name: "ResourceNotFoundException" });
  };
  const config = { region: async () => "eu-west-1" };
  return { client: { send, config } as unknown as DynamoDBClient, asked };
}
