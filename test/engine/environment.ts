import NodeEnvironment from "jest-environment-node";
import { startDynamoDBEmulator } from "../../tools/local-aws/dynamodb-emulator";
import { startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { namedDynamoDB, startNamedDynamoDB } from "../support/backends";

interface Running {
  endpoint: string;
  stop(): Promise<void>;
}

/** Gives each file its own DynamoDB: no file meets the tables of another. */
export default class EngineEnvironment extends NodeEnvironment {
  private readonly running: Running[] = [];

  override async setup(): Promise<void> {
    await super.setup();
    this.global.process.env.TEST_DYNAMODB = (await this.dynamodb()).endpoint;
  }

  override async teardown(): Promise<void> {
    for (const each of this.running.reverse()) await each.stop();
    await super.teardown();
  }

  private async dynamodb(): Promise<Running> {
    if (!namedDynamoDB) return this.keep(await startEmbeddedDynamoDB());
    const { endpoint } = this.keep(await startNamedDynamoDB());
    return this.keep(await startDynamoDBEmulator({ upstream: endpoint }));
  }

  private keep(started: Running): Running {
    this.running.push(started);
    return started;
  }
}
