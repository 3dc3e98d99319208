import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { type ExecutionListItem, ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { lacksPython } from "../../tools/local-aws/ministack/install";
import { type MiniStack, startMiniStack } from "../../tools/local-aws/ministack/start";
import { type RecordingProxy, recordingProxy } from "../support/recording-proxy";
import { Project } from "./project";

const unavailable = lacksPython();
// Once for each test file, also for one without a Stand.
if (unavailable) console.warn(`SKIPPED the file's tests on MiniStack: ${unavailable}`);

/** A test that needs MiniStack; it is skipped, out loud, where Python is missing. */
export const onMiniStack = unavailable ? test.skip : test;

/** How a file's MiniStack is started. */
interface Setting {
  language?: "yaml";
  /** By which pauses of state machines are multiplied. */
  waitScale?: number;
  /** Whether what functions ask for is recorded. */
  records?: boolean;
}

/** A MiniStack of a test file's own, with a Pulumi project on it. Its fields are there once `beforeAll` has run. */
export class Stand {
  server!: MiniStack;
  db!: DynamoDBClient;
  lambda!: LambdaClient;
  sfn!: SFNClient;
  project!: Project;
  /** Records what the functions ask for, if that was wanted. */
  functions: RecordingProxy | undefined;

  /** @param program the project's first one */
  constructor(program: string, setting: Setting = {}) {
    beforeAll(async () => {
      if (!unavailable) await this.#start(program, setting);
    });
    afterAll(() => this.#stop());
  }

  /** What a command of `swap` needs to find it. */
  get environment(): Record<string, string> {
    return { AWS_ENDPOINT_URL_DYNAMODB: this.server.endpoint };
  }

  get #connection() {
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    return { endpoint: this.server.endpoint, region: "eu-west-1", credentials };
  }

  /** Another client of its DynamoDB, which shares no reads with {@link db}. */
  newClient(): DynamoDBClient {
    return new DynamoDBClient(this.#connection);
  }

  /** Runs `pulumi up`, and returns its output. */
  async up(program?: string): Promise<string> {
    if (program !== undefined) this.project.write(program);
    const { code, output } = await this.project.up();
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** The executions of the state machine that copy to a version, or that verify it, newest first. */
  async executions(
    alias: string,
    version: number,
    what: "copy" | "verify" = "copy",
  ): Promise<ExecutionListItem[]> {
    const stateMachineArn = `arn:aws:states:eu-west-1:000000000000:stateMachine:${alias}-v${version}-copy`;
    const { executions = [] } = await this.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    return executions.filter(({ name }) => name?.startsWith("verify-") === (what === "verify"));
  }

  async #start(program: string, { language, waitScale, records }: Setting): Promise<void> {
    if (records) this.functions = await recordingProxy(() => this.server.endpoint);
    this.server = await startMiniStack({
      ...(this.functions && { functionsEndpoint: this.functions.endpoint }),
      ...(waitScale && { waitScale }),
    });
    const { endpoint } = this.server;
    const at = this.#connection;
    this.db = new DynamoDBClient(at);
    this.lambda = new LambdaClient(at);
    this.sfn = new SFNClient(at);
    this.project = new Project(program, {
      ...(language && { language }),
      env: { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_DYNAMODB: endpoint },
    });
    await this.project.init();
  }

  async #stop(): Promise<void> {
    for (const client of [this.db, this.lambda, this.sfn]) client?.destroy();
    this.project?.remove();
    await this.server?.stop();
    await this.functions?.stop();
  }
}

/** Looks until it holds; the test's time-out ends it. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(200);
}
