import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { CreateRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { startFake } from "../cli/fake-endpoint";

const urn = "urn:pulumi:dev::test::swap:index:ActiveVersion::stuck";

/** The swap plugin as the engine starts it. */
async function startPlugin() {
  const main = join(process.env.TEST_SWAP_PLUGIN as string, "main.js");
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  const child = spawn(process.execPath, [main, "127.0.0.1:1"], { env });
  const [port] = await once(createInterface({ input: child.stdout }), "line");
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return { child, client };
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "the plugin ends on %s although a request of its gets no answer",
  async (signal) => {
    const asked: string[] = [];
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const silent = await startFake((_request, _response, operation) => {
      asked.push(operation);
      arrived();
    });
    const { child, client } = await startPlugin();
    const inputs = { alias: "stuck", controlTable: "stuck_swap", version: 1 };
    const connection = { region: "eu-west-1", endpoint: silent.url };
    const request = new CreateRequest()
      .setUrn(urn)
      .setProperties(Struct.fromJavaScript({ ...inputs, connection }));
    client.create(request, () => {});
    await arrival;
    child.kill(signal);
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    // The first try was still waited for.
    expect(asked).toEqual(["GetItem"]);
    client.close();
    await silent.stop();
  },
);
