import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createControlTable } from "pulumi-swap/pointer";
import { run } from "../tools/demo/run.mjs";
import { localEnvironment } from "../tools/pulumi-engine/environment.mjs";
import { root, startEmbedded } from "./database.mjs";
import { watchProcessor } from "./processor.mjs";
import { CONTROL_TABLE } from "./programs.mjs";

export const UP = ["up", "--yes", "--skip-preview"];

/** A stack in a separate folder, with a state and its own embedded DynamoDB. */
export class Stack {
  /**
   * @param env variables for each of its commands
   * @param flags of the embedded DynamoDB
   */
  static async open(engine, program, { env = {}, flags } = {}) {
    const database = await startEmbedded(flags);
    const folder = mkdtempSync(join(tmpdir(), "swap-bench-stack-"));
    const stack = new Stack(engine, program, database, folder);
    Object.assign(stack.env, env);
    await createControl(database.endpoint);
    await stack.pulumi("stack", "init", "bench");
    return stack;
  }

  constructor(engine, program, database, folder) {
    Object.assign(this, { program, database, folder });
    const { endpoint } = database;
    this.env = localEnvironment({ engine, root, folder, endpoint });
    for (const made of ["state", "node_modules"]) mkdirSync(join(folder, made));
    symlinkSync(root, join(folder, "node_modules/pulumi-swap"));
    for (const scope of ["@pulumi", "@aws-sdk"])
      symlinkSync(join(root, "node_modules", scope), join(folder, "node_modules", scope));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", private: true }));
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      `name: bench
runtime: { name: nodejs, options: { typescript: false } }
plugins:
  providers:
    - { name: aws, path: ${join(root, "tools/local-aws/plugin")} }
`,
    );
  }

  declare(count, versions) {
    writeFileSync(
      join(this.folder, "index.js"),
      `"use strict";
const pulumi = require("@pulumi/pulumi");
const aws = require("@pulumi/aws");
${this.program(count, versions)}`,
    );
  }

  /** Runs `pulumi` and returns the milliseconds, the processor time in ms, and the output. */
  async pulumi(...args) {
    const started = performance.now();
    let processor = () => undefined;
    const { code, output } = await run(
      "pulumi",
      [...args, "--non-interactive"],
      { cwd: this.folder, env: this.env },
      (pid) => {
        processor = watchProcessor(pid);
      },
    );
    const took = performance.now() - started;
    const busy = processor();
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return { took, busy, output };
  }

  async resources() {
    const { output } = await this.pulumi("stack", "export");
    return JSON.parse(output).deployment.resources;
  }

  async close() {
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function createControl(endpoint) {
  const client = new DynamoDBClient({
    region: "eu-west-1",
    endpoint,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  await createControlTable({ client, controlTable: CONTROL_TABLE });
  client.destroy();
}
