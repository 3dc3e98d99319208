import * as pulumi from "@pulumi/pulumi";
import { ControlTable } from "../../../src/component";

let replicas: { regionName: string; consistencyMode?: string }[] = [];

void pulumi.runtime.setMocks({
  newResource: ({ name, inputs }) => ({
    id: name,
    state: { ...inputs, arn: `arn:${name}`, replicas },
  }),
  call: ({ inputs }) => inputs,
});

async function warnings(given: typeof replicas): Promise<string[]> {
  replicas = given;
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  const table = new ControlTable("shop");
  await new Promise((done) => pulumi.all([table.arn, table.readPolicy]).apply(done));
  const lines = warn.mock.calls.map(([line]) => line);
  warn.mockRestore();
  return lines;
}

test("replicas that the table has got are warned of, unless they are strongly consistent", async () => {
  expect(await warnings([])).toEqual([]);
  expect(await warnings([{ regionName: "us-east-1", consistencyMode: "STRONG" }])).toEqual([]);
  expect(await warnings([{ regionName: "us-east-1" }, { regionName: "eu-west-1" }])).toEqual([
    'control table "shop_swap" is a global table (us-east-1, eu-west-1) where the last writer wins: conditional writes do not hold across Regions; use a control table of one Region, or a global table with multi-Region strong consistency',
  ]);
});
