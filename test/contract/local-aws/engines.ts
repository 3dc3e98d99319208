import {
  type LocalDynamoDB,
  startDynamoDBEmulator,
} from "../../../tools/local-aws/dynamodb-emulator";
import { startEmbeddedDynamoDB } from "../../../tools/local-aws/embedded-dynamodb";
import { namedDynamoDB, startNamedDynamoDB } from "../../support/backends";

/** A DynamoDB of this project, and how to start it. */
export interface Engine {
  name: string;
  available: boolean;
  start(): Promise<LocalDynamoDB>;
}

export const EMBEDDED: Engine = {
  name: "the embedded DynamoDB",
  available: true,
  start: () => startEmbeddedDynamoDB(),
};

/** The emulator before a DynamoDB Local, where TEST_DYNAMODB_ENDPOINT names one. */
export const EMULATED: Engine = {
  name: "an emulator before DynamoDB Local",
  available: namedDynamoDB !== undefined,
  async start() {
    const upstream = await startNamedDynamoDB();
    const emulator = await startDynamoDBEmulator({ upstream: upstream.endpoint });
    const stop = async () => {
      await emulator.stop();
      await upstream.stop();
    };
    return { ...emulator, stop };
  },
};
