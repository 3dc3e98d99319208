import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createMigration } from "../../../src/component/migration";
import { MAX_VERIFY_WAITS } from "../../../src/migration/lambda/verify-handlers";

interface Statement {
  Action: string[];
  Resource: string[];
}

let partition = "aws";

/** The inputs of a resource that a migration of `orders` to version 4 and back creates. */
function created(of: string, wanted: string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    void pulumi.runtime.setMocks({
      call: ({ inputs }) => inputs,
      newResource({ type, name, inputs }) {
        if (type === of && name === wanted) resolve(inputs);
        const kind =
          type === "aws:sfn/stateMachine:StateMachine" ? "states:stateMachine" : "any:it";
        const arn = `arn:${partition}:${kind}:${name}`;
        return { id: name, state: { ...inputs, arn, streamArn: `${arn}/stream`, uuid: name } };
      },
    });
    try {
      const parent = new pulumi.ComponentResource("t:i:Parent", "parent");
      createMigration({
        name: "orders",
        args: { alias: "orders" } as never,
        version: 4,
        migration: { source: 3, segments: 64, concurrency: 8, inverse: "same" },
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

async function createdPolicy(name: string): Promise<Statement[]> {
  const { policy = "" } = await created("aws:iam/rolePolicy:RolePolicy", name);
  return JSON.parse(policy).Statement;
}

const MACHINE = "arn:aws:states:stateMachine:orders-v4-migration";
const EXECUTIONS = "arn:aws:states:execution:orders-v4-migration";

/**
 * What the role of a definition has to be allowed, as an action and a resource. Sources: Step Functions Developer Guide,
 * Call a Lambda function; IAM policies for using Distributed Map states; Redriving Map Runs. A child's ARN names its map.
 */
function neededBy(states: Record<string, Record<string, unknown>>): string[] {
  return Object.values(states).flatMap((state) => {
    const { Type, Resource, Parameters, ItemProcessor, ItemReader, ResultWriter } = state;
    if (Type === "Task" && Resource === "arn:aws:states:::lambda:invoke")
      return [`lambda:InvokeFunction ${(Parameters as { FunctionName: string }).FunctionName}`];
    if (Type === "Map" && !ItemReader && !ResultWriter)
      return [
        ...neededBy((ItemProcessor as { States: typeof states }).States),
        `states:StartExecution ${MACHINE}`,
        ...["Describe", "Stop"].flatMap((verb) =>
          [":*", "/*"].map((rest) => `states:${verb}Execution ${EXECUTIONS}${rest}`),
        ),
        `states:RedriveExecution ${EXECUTIONS}/*`,
      ];
    if (["Choice", "Wait", "Succeed", "Fail"].includes(String(Type))) return [];
    throw new Error(`nothing says what a role needs for ${JSON.stringify(state)}`);
  });
}

// MiniStack has no roles, so that no engine test can show what it lacks.
test("the state machine may do exactly what its definition does", async () => {
  const { definition = "", ...others } = await created(
    "aws:sfn/stateMachine:StateMachine",
    "orders-v4-migration",
  );
  // Logs and traces would need more.
  expect(Object.keys(others).sort()).toEqual(["name", "roleArn"]);
  const statements = await createdPolicy("orders-v4-migration-machine");
  const granted = statements.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => `${action} ${resource}`)),
  );
  expect(granted.filter((each) => each.startsWith("lambda:")).length).toBe(3);
  expect(granted.sort()).toEqual([...new Set(neededBy(JSON.parse(definition).States))].sort());
});

/** Events of an execution that a state makes, with its entry and exit. */
const EVENTS: Record<string, number> = { Task: 5, Choice: 2, Wait: 2, Succeed: 2 };

test("an execution has events for all waits of a verification, and for what comes then", async () => {
  const { definition = "" } = await created(
    "aws:sfn/stateMachine:StateMachine",
    "orders-v4-migration",
  );
  const { States } = JSON.parse(definition);
  // A cycle of the states that a verification which waits goes through.
  let events = 0;
  let seconds = 0;
  let name = "Plan";
  do {
    const { Type, Next, Choices = [], Seconds = 0 } = States[name];
    events += EVENTS[Type] ?? Number.NaN;
    seconds += Seconds;
    name = Next ?? Choices.find((each: { Variable: string }) => each.Variable === "$.wait").Next;
  } while (name !== "Plan");
  // Quota: 25,000 events. A retry makes three: 30 of each of some tens of calls fit in what is left.
  expect(25_000 - MAX_VERIFY_WAITS * events).toBeGreaterThan(5_000);
  // A pause of a whole day, which ends in a cancellation, does not come first.
  expect(MAX_VERIFY_WAITS * seconds).toBeGreaterThan(24 * 3_600);
});

test("the state machine's integrations are of its own partition", async () => {
  partition = "aws-cn";
  const { definition } = await created("aws:sfn/stateMachine:StateMachine", "orders-v4-migration");
  partition = "aws";
  expect(definition).toContain('"arn:aws-cn:states:::lambda:invoke"');
  expect(definition).not.toContain("arn:aws:");
});
