import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createMigration } from "../../../src/component/migration";

interface Statement {
  Action: string[];
  Resource: string[];
}

/** The statements of a role policy that a migration of `orders` to version 4 creates. */
function createdPolicy(wanted: string): Promise<Statement[]> {
  return new Promise((resolve, reject) => {
    void pulumi.runtime.setMocks({
      call: ({ inputs }) => inputs,
      newResource({ type, name, inputs }) {
        if (type === "aws:iam/rolePolicy:RolePolicy" && name === wanted)
          resolve(JSON.parse(inputs.policy).Statement);
        const kind =
          type === "aws:sfn/stateMachine:StateMachine" ? "states:stateMachine" : "any:it";
        const arn = `arn:aws:${kind}:${name}`;
        return { id: name, state: { ...inputs, arn, streamArn: `${arn}/stream`, uuid: name } };
      },
    });
    try {
      const parent = new pulumi.ComponentResource("t:i:Parent", "parent");
      createMigration({
        name: "orders",
        args: { alias: "orders" } as never,
        version: 4,
        migration: { source: 3, segments: 64, concurrency: 8 },
        source: new aws.dynamodb.Table("source"),
        target: new aws.dynamodb.Table("target"),
        controlTable: "control",
        controlTableArn: "arn:control",
        plan: new pulumi.ComponentResource("t:i:Plan", "plan"),
        swap: undefined,
        parent,
      });
    } catch (error) {
      reject(error);
    }
  });
}

// MiniStack has no roles, so that no engine test can show what it lacks.
test("the state machine may redrive its segments", async () => {
  const statements = await createdPolicy("orders-v4-migration-machine");
  expect(
    statements.filter(({ Action }) => Action.includes("states:RedriveExecution")),
  ).toMatchObject([{ Resource: ["arn:aws:states:execution:orders-v4-migration/*"] }]);
});
