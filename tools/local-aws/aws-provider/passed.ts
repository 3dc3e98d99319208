import { randomUUID } from "node:crypto";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  type ApiDestinationHttpMethod,
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DeleteRuleCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  type InputTransformer,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  type Environment,
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type Runtime,
  UpdateEventSourceMappingCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import {
  CreatePipeCommand,
  DeletePipeCommand,
  DescribePipeCommand,
  PipesClient,
  UpdatePipeCommand,
} from "@aws-sdk/client-pipes";
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { isObject, type Props, UNKNOWN } from "../../../src/plugin/host/values";
import { type Refusal, refusal } from "./refusal";

/** Clients of the endpoint that resources are passed on to. */
export interface Clients {
  events: EventBridgeClient;
  iam: IAMClient;
  lambda: LambdaClient;
  logs: CloudWatchLogsClient;
  pipes: PipesClient;
  sfn: SFNClient;
}

/** What the state keeps of a resource: its id, and its outputs besides the inputs. */
export interface Made {
  id: string;
  outs: Props;
}

/** A type of resources that is passed on to another endpoint. Inputs are plain; `code` is a zip. */
export interface PassedType {
  /** The arguments that are honoured; every other one is refused. */
  inputs: readonly string[];
  /** A change of these replaces the resource. */
  replacing: readonly string[];
  /** Outputs that a preview doesn't know. */
  computed: readonly string[];
  /** Why known inputs are refused, besides arguments that are not honoured. */
  refusals?(inputs: Props): Refusal[];
  /** Whether it is in the state only: nothing here acts on it, and it needs no endpoint. */
  kept?: true;
  create(clients: Clients, inputs: Props, code: Uint8Array | undefined): Promise<Made>;
  update?(clients: Clients, id: string, inputs: Props, code: Uint8Array | undefined): Promise<void>;
  /** Fails if the resource does not exist. */
  read?(clients: Clients, id: string): Promise<unknown>;
  remove?(clients: Clients, id: string): Promise<unknown>;
}

export function clientsAt(endpoint: string, region: string): Clients {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const at = { endpoint, region, credentials };
  return {
    events: new EventBridgeClient(at),
    iam: new IAMClient(at),
    lambda: new LambdaClient(at),
    logs: new CloudWatchLogsClient(at),
    pipes: new PipesClient(at),
    sfn: new SFNClient(at),
  };
}

const text = (value: unknown): string => String(value);
const list = <T>(value: unknown): T[] | undefined => value as T[] | undefined;
const numeric = (value: unknown): number | undefined => value as number | undefined;
const WAIT = { maxWaitTime: 60, minDelay: 1, maxDelay: 1 };

const role: PassedType = {
  inputs: ["name", "assumeRolePolicy", "tags"],
  replacing: ["name"],
  computed: ["arn"],
  async create({ iam }, { name, assumeRolePolicy }) {
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: text(name),
        AssumeRolePolicyDocument: text(assumeRolePolicy),
      }),
    );
    return { id: text(name), outs: { arn: Role?.Arn } };
  },
  async update({ iam }, id, { assumeRolePolicy }) {
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument: text(assumeRolePolicy) }),
    );
  },
  read: ({ iam }, RoleName) => iam.send(new GetRoleCommand({ RoleName })),
  remove: ({ iam }, RoleName) => iam.send(new DeleteRoleCommand({ RoleName })),
};

const rolePolicyKey = (id: string) => {
  const [RoleName = "", PolicyName = ""] = id.split(":");
  return { RoleName, PolicyName };
};

const rolePolicy: PassedType = {
  inputs: ["name", "role", "policy"],
  replacing: ["name", "role"],
  computed: [],
  async create({ iam }, { name, role: of, policy }) {
    const id = `${of}:${name}`;
    await iam.send(
      new PutRolePolicyCommand({ ...rolePolicyKey(id), PolicyDocument: text(policy) }),
    );
    return { id, outs: {} };
  },
  async update({ iam }, id, { policy }) {
    await iam.send(
      new PutRolePolicyCommand({ ...rolePolicyKey(id), PolicyDocument: text(policy) }),
    );
  },
  read: ({ iam }, id) => iam.send(new GetRolePolicyCommand(rolePolicyKey(id))),
  remove: ({ iam }, id) => iam.send(new DeleteRolePolicyCommand(rolePolicyKey(id))),
};

const logGroup: PassedType = {
  inputs: ["name", "retentionInDays", "tags"],
  replacing: ["name"],
  computed: ["arn"],
  async create({ logs }, { name, retentionInDays }) {
    const logGroupName = text(name);
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await retain(logs, logGroupName, retentionInDays);
    return { id: logGroupName, outs: { arn: await logGroupArn(logs, logGroupName) } };
  },
  update: ({ logs }, id, { retentionInDays }) => retain(logs, id, retentionInDays),
  read: ({ logs }, id) => logGroupArn(logs, id),
  remove: ({ logs }, logGroupName) => logs.send(new DeleteLogGroupCommand({ logGroupName })),
};

async function retain(logs: CloudWatchLogsClient, logGroupName: string, days: unknown) {
  const retentionInDays = numeric(days);
  if (retentionInDays === undefined) return;
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
}

async function logGroupArn(logs: CloudWatchLogsClient, name: string): Promise<string | undefined> {
  const { logGroups = [] } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: name }),
  );
  const found = logGroups.find(({ logGroupName }) => logGroupName === name);
  if (!found) throw Object.assign(new Error(name), { name: "ResourceNotFoundException" });
  return found.arn?.replace(/:\*$/, "");
}

const settingsOf = ({ handler, runtime, role: of, timeout, memorySize, environment }: Props) => ({
  Handler: text(handler),
  Runtime: runtime as Runtime,
  Role: text(of),
  Timeout: numeric(timeout),
  MemorySize: numeric(memorySize),
  Environment: environment
    ? { Variables: (environment as { variables?: Environment["Variables"] }).variables }
    : undefined,
});

const lambdaFunction: PassedType = {
  inputs: [
    "name",
    "code",
    "handler",
    "runtime",
    "role",
    "timeout",
    "memorySize",
    "environment",
    "architectures",
    "tags",
  ],
  replacing: ["name"],
  computed: ["arn"],
  async create({ lambda }, inputs, code) {
    const FunctionName = text(inputs.name);
    const { FunctionArn } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        ...settingsOf(inputs),
        Code: { ZipFile: code },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, ...WAIT }, { FunctionName });
    return { id: FunctionName, outs: { arn: FunctionArn } };
  },
  async update({ lambda }, FunctionName, inputs, code) {
    const at = { client: lambda, ...WAIT };
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, ...settingsOf(inputs) }),
    );
    await waitUntilFunctionUpdatedV2(at, { FunctionName });
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: code }));
    await waitUntilFunctionUpdatedV2(at, { FunctionName });
  },
  read: ({ lambda }, FunctionName) => lambda.send(new GetFunctionCommand({ FunctionName })),
  remove: ({ lambda }, FunctionName) => lambda.send(new DeleteFunctionCommand({ FunctionName })),
};

/** Bisection and a bound on tries are refused: MiniStack ignores them. */
const eventSourceMapping: PassedType = {
  inputs: [
    "functionName",
    "eventSourceArn",
    "startingPosition",
    "enabled",
    "batchSize",
    "functionResponseTypes",
    "filterCriteria",
    "tags",
  ],
  replacing: ["eventSourceArn", "startingPosition"],
  computed: ["uuid", "arn"],
  async create({ lambda }, inputs) {
    const { UUID = "", EventSourceMappingArn } = await lambda.send(
      new CreateEventSourceMappingCommand({
        FunctionName: text(inputs.functionName),
        EventSourceArn: text(inputs.eventSourceArn),
        StartingPosition: inputs.startingPosition as "TRIM_HORIZON",
        ...mappingSettings(inputs),
      }),
    );
    return { id: UUID, outs: { uuid: UUID, arn: EventSourceMappingArn } };
  },
  async update({ lambda }, UUID, inputs) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...mappingSettings(inputs) }));
  },
  read: ({ lambda }, UUID) => lambda.send(new GetEventSourceMappingCommand({ UUID })),
  remove: ({ lambda }, UUID) => lambda.send(new DeleteEventSourceMappingCommand({ UUID })),
};

const mappingSettings = ({ enabled, batchSize, functionResponseTypes, filterCriteria }: Props) => ({
  Enabled: enabled as boolean | undefined,
  BatchSize: numeric(batchSize),
  FunctionResponseTypes: list<"ReportBatchItemFailures">(functionResponseTypes),
  FilterCriteria: filterCriteria
    ? {
        Filters: list<Props>((filterCriteria as Props).filters)?.map(({ pattern }) => ({
          Pattern: text(pattern),
        })),
      }
    : undefined,
});

const stateMachine: PassedType = {
  inputs: ["name", "roleArn", "definition", "type", "tags"],
  replacing: ["name", "type"],
  computed: ["arn"],
  async create({ sfn }, { name, roleArn, definition, type }) {
    const { stateMachineArn = "" } = await sfn.send(
      new CreateStateMachineCommand({
        name: text(name),
        roleArn: text(roleArn),
        definition: text(definition),
        type: (type ?? "STANDARD") as "STANDARD",
      }),
    );
    return { id: stateMachineArn, outs: { arn: stateMachineArn } };
  },
  async update({ sfn }, stateMachineArn, { roleArn, definition }) {
    await sfn.send(
      new UpdateStateMachineCommand({
        stateMachineArn,
        roleArn: text(roleArn),
        definition: text(definition),
      }),
    );
  },
  read: ({ sfn }, stateMachineArn) =>
    sfn.send(new DescribeStateMachineCommand({ stateMachineArn })),
  remove: ({ sfn }, stateMachineArn) =>
    sfn.send(new DeleteStateMachineCommand({ stateMachineArn })),
};

/** Calls a function when it is created; other lifecycles are refused by the lack of their arguments. */
const invocation: PassedType = {
  inputs: ["functionName", "input", "triggers"],
  replacing: ["functionName", "input", "triggers"],
  computed: ["result"],
  async create({ lambda }, { functionName, input }) {
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: text(functionName), Payload: Buffer.from(text(input)) }),
    );
    const result = Buffer.from(answer.Payload ?? []).toString();
    // In the provider's words, which has the whole answer, with its stack.
    if (answer.FunctionError)
      throw new Error(`invoking Lambda Function (${text(functionName)}): ${result}`);
    return { id: text(functionName), outs: { result } };
  },
};

/** MiniStack's pipes filter nothing, pass on whole batches, and begin at the stream's end. */
const pipe: PassedType = {
  inputs: ["name", "roleArn", "source", "sourceParameters", "target", "targetParameters", "tags"],
  replacing: ["name", "source"],
  computed: ["arn"],
  async create({ pipes }, { name, roleArn, source, target }) {
    const { Arn } = await pipes.send(
      new CreatePipeCommand({
        Name: text(name),
        RoleArn: text(roleArn),
        Source: text(source),
        Target: text(target),
      }),
    );
    return { id: text(name), outs: { arn: Arn } };
  },
  async update({ pipes }, Name, { roleArn, target }) {
    await pipes.send(new UpdatePipeCommand({ Name, RoleArn: text(roleArn), Target: text(target) }));
  },
  read: ({ pipes }, Name) => pipes.send(new DescribePipeCommand({ Name })),
  remove: ({ pipes }, Name) => pipes.send(new DeletePipeCommand({ Name })),
};

const eventRule: PassedType = {
  inputs: ["name", "eventPattern"],
  replacing: ["name"],
  computed: ["arn"],
  async create({ events }, { name, eventPattern }) {
    const { RuleArn } = await events.send(
      new PutRuleCommand({ Name: text(name), EventPattern: text(eventPattern) }),
    );
    return { id: text(name), outs: { arn: RuleArn } };
  },
  async update({ events }, Name, { eventPattern }) {
    await events.send(new PutRuleCommand({ Name, EventPattern: text(eventPattern) }));
  },
  read: ({ events }, Name) => events.send(new DescribeRuleCommand({ Name })),
  remove: ({ events }, Name) => events.send(new DeleteRuleCommand({ Name })),
};

/** Of the ways to authorize a request, only the key in a header. */
const isApiKey = ({ authorizationType: way, authParameters: given }: Props): boolean =>
  (way === "API_KEY" || way === UNKNOWN) &&
  (given === UNKNOWN || (isObject(given) && Object.keys(given).join() === "apiKey"));

function apiKeyOf({ authParameters }: Props) {
  const { apiKey } = authParameters as { apiKey: { key: string; value: string } };
  return {
    AuthorizationType: "API_KEY" as const,
    AuthParameters: {
      ApiKeyAuthParameters: { ApiKeyName: apiKey.key, ApiKeyValue: apiKey.value },
    },
  };
}

const eventConnection: PassedType = {
  inputs: ["name", "authorizationType", "authParameters"],
  replacing: ["name"],
  computed: ["arn"],
  refusals: (inputs) =>
    isApiKey(inputs)
      ? []
      : [
          refusal(
            "authParameters",
            "the local aws stand-in honours connections by API_KEY only: give authParameters.apiKey alone, or use the real AWS provider",
          ),
        ],
  async create({ events }, inputs) {
    const Name = text(inputs.name);
    const { ConnectionArn } = await events.send(
      new CreateConnectionCommand({ Name, ...apiKeyOf(inputs) }),
    );
    return { id: Name, outs: { arn: ConnectionArn } };
  },
  async update({ events }, Name, inputs) {
    await events.send(new UpdateConnectionCommand({ Name, ...apiKeyOf(inputs) }));
  },
  read: ({ events }, Name) => events.send(new DescribeConnectionCommand({ Name })),
  remove: ({ events }, Name) => events.send(new DeleteConnectionCommand({ Name })),
};

const destinationOf = ({ connectionArn, httpMethod, invocationEndpoint }: Props) => ({
  ConnectionArn: text(connectionArn),
  HttpMethod: httpMethod as ApiDestinationHttpMethod,
  InvocationEndpoint: text(invocationEndpoint),
});

const eventApiDestination: PassedType = {
  inputs: ["name", "connectionArn", "httpMethod", "invocationEndpoint"],
  replacing: ["name"],
  computed: ["arn"],
  async create({ events }, inputs) {
    const Name = text(inputs.name);
    const { ApiDestinationArn } = await events.send(
      new CreateApiDestinationCommand({ Name, ...destinationOf(inputs) }),
    );
    return { id: Name, outs: { arn: ApiDestinationArn } };
  },
  async update({ events }, Name, inputs) {
    await events.send(new UpdateApiDestinationCommand({ Name, ...destinationOf(inputs) }));
  },
  read: ({ events }, Name) => events.send(new DescribeApiDestinationCommand({ Name })),
  remove: ({ events }, Name) => events.send(new DeleteApiDestinationCommand({ Name })),
};

const targetKey = (id: string) => {
  const [Rule = "", Id = ""] = id.split(":");
  return { Rule, Id };
};

/** MiniStack tries a destination once. */
async function putTarget(events: EventBridgeClient, id: string, inputs: Props): Promise<void> {
  const { Rule, Id } = targetKey(id);
  const { inputPaths, inputTemplate } = (inputs.inputTransformer ?? {}) as Props;
  await events.send(
    new PutTargetsCommand({
      Rule,
      Targets: [
        {
          Id,
          Arn: text(inputs.arn),
          RoleArn: text(inputs.roleArn),
          ...(inputTemplate !== undefined && {
            InputTransformer: {
              InputPathsMap: inputPaths as InputTransformer["InputPathsMap"],
              InputTemplate: text(inputTemplate),
            },
          }),
        },
      ],
    }),
  );
}

const eventTarget: PassedType = {
  inputs: ["rule", "arn", "roleArn", "inputTransformer"],
  replacing: ["rule"],
  computed: [],
  async create({ events }, inputs) {
    const id = `${inputs.rule}:${randomUUID()}`;
    await putTarget(events, id, inputs);
    return { id, outs: {} };
  },
  update: ({ events }, id, inputs) => putTarget(events, id, inputs),
  async read({ events }, id) {
    const { Rule, Id } = targetKey(id);
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule }));
    if (!Targets.some((each) => each.Id === Id))
      throw Object.assign(new Error(id), { name: "ResourceNotFoundException" });
  },
  remove({ events }, id) {
    const { Rule, Id } = targetKey(id);
    return events.send(new RemoveTargetsCommand({ Rule, Ids: [Id] }));
  },
};

/** A type that is kept in the state only. */
const kept = (names: string, key = "name"): PassedType => ({
  inputs: [key, ...names.split(" ")],
  replacing: [key],
  computed: ["arn"],
  kept: true,
  create: async (_clients, inputs) => ({
    id: text(inputs[key]),
    outs: { arn: `arn:aws:kept:eu-west-1:000000000000:${text(inputs[key])}` },
  }),
});

/** The types that are passed on, by token. */
export const PASSED: Readonly<Record<string, PassedType>> = {
  "aws:cloudwatch/dashboard:Dashboard": kept("dashboardBody", "dashboardName"),
  "aws:cloudwatch/eventApiDestination:EventApiDestination": eventApiDestination,
  "aws:cloudwatch/eventConnection:EventConnection": eventConnection,
  "aws:cloudwatch/eventRule:EventRule": eventRule,
  "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
  "aws:cloudwatch/metricAlarm:MetricAlarm": kept(
    "alarmActions alarmDescription comparisonOperator datapointsToAlarm dimensions evaluationPeriods insufficientDataActions metricName namespace okActions period statistic tags threshold treatMissingData",
  ),
  "aws:cloudwatch/logGroup:LogGroup": logGroup,
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
  "aws:lambda/function:Function": lambdaFunction,
  "aws:lambda/invocation:Invocation": invocation,
  "aws:pipes/pipe:Pipe": pipe,
  "aws:sfn/stateMachine:StateMachine": stateMachine,
};
