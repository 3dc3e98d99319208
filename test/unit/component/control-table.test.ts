import * as pulumi from "@pulumi/pulumi";
import { lastWriterWinsWarning } from "../../../src/aws";
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

test("replicas of the table cause a warning, unless they are strongly consistent", async () => {
  expect(await warnings([])).toEqual([]);
  expect(await warnings([{ regionName: "us-east-1", consistencyMode: "STRONG" }])).toEqual([]);
  expect(await warnings([{ regionName: "us-east-1" }, { regionName: "eu-west-1" }])).toEqual([
    lastWriterWinsWarning("shop_swap", ["us-east-1", "eu-west-1"]),
  ]);
});

const text = (policy: pulumi.Output<string>): Promise<{ Statement: Statement[] }> =>
  new Promise((resolve) => policy.apply((json) => resolve(JSON.parse(json))));

interface Statement {
  Action: string[];
  Condition?: object;
}

test("policies cover the named aliases, or every row if none is named", async () => {
  const condition = (...aliases: string[]) => ({
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": aliases },
    Null: { "dynamodb:LeadingKeys": "false" },
  });
  const conditions = async (policy: pulumi.Output<string>) =>
    (await text(policy)).Statement.map(({ Condition }) => Condition);
  replicas = [];
  const shared = new ControlTable("shared");
  expect(await conditions(shared.readPolicy)).toEqual(Array(3).fill(undefined));
  expect(await conditions(shared.writePolicy)).toEqual(Array(2).fill(undefined));
  for (const policy of [shared.readPolicyFor, shared.writePolicyFor])
    expect(await conditions(policy.call(shared, ["orders", "carts"]))).toEqual(
      Array(2).fill(condition("orders", "carts")),
    );
  const owned = new ControlTable("owned", { aliases: ["orders"] });
  for (const policy of [owned.readPolicy, owned.writePolicy])
    expect(await conditions(policy)).toEqual(Array(2).fill(condition("orders")));
});

test.each([[[]], [["no alias!"]], ["orders"], [undefined]])(
  "a policy for %p is refused",
  (aliases) => {
    replicas = [];
    const table = new ControlTable("shop");
    for (const policy of [table.readPolicyFor, table.writePolicyFor])
      expect(() => policy.call(table, aliases as never)).toThrow(pulumi.ResourceError);
  },
);
