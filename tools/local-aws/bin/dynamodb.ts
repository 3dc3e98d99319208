#!/usr/bin/env node
import { parseArgs } from "node:util";
import { AWS_CREATE_TABLE_MS, startEmbeddedDynamoDB } from "../embedded-dynamodb";

const USAGE = `usage: dynamodb [--port N] [--path FOLDER] [--aws-times] [--with-parent]
  --port N       port of 127.0.0.1 to listen on; 0, the default, takes any free one
  --path FOLDER  keep tables and items in this folder; without it they end with the process
  --aws-times    take as long as AWS to make a table: ${AWS_CREATE_TABLE_MS / 1000} s
  --with-parent  stop when standard input closes, that is when the starting process goes away`;

async function main(): Promise<void> {
  const { port, path, "aws-times": awsTimes, "with-parent": withParent } = options();
  const dynamodb = await startEmbeddedDynamoDB({
    port,
    ...(path === undefined ? {} : { path }),
    ...(awsTimes && { createTableMs: AWS_CREATE_TABLE_MS }),
  });
  console.log(`listening on ${dynamodb.endpoint}`);

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    dynamodb.stop().then(
      () => process.exit(0),
      (error: Error) => fail(error.message),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (withParent) process.stdin.once("end", stop).once("error", stop).resume();
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "0" },
        path: { type: "string" },
        "aws-times": { type: "boolean", default: false },
        "with-parent": { type: "boolean", default: false },
      },
    });
    const port = Number(values.port);
    if (/^\d+$/.test(values.port) && port <= 65535) return { ...values, port };
    return fail(`--port is "${values.port}": it must be a number from 0 to 65535`, 2);
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`, 2);
  }
}

function fail(message: string, code = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

main().catch((error: Error) => fail(error.message));
