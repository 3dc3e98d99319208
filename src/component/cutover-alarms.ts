import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { MAX_PARKED } from "../migration";
import { assertAlias, assertVersion } from "../pointer";
import { assertFields, defined, formatValue, invalidInput, parseDuration } from "../validation";
import { checkedTopics } from "./alarm-topics";
import { functionName } from "./migration-functions";
import { inOneLine } from "./resource-error";

export interface CutoverAlarmsArgs {
  /** The alias that is watched. */
  alias: string;
  /** Name of the control table, or its ARN. */
  controlTable: pulumi.Input<string>;
  /** The version that `migrateFrom` fills: adds the alarms of its replay and of its parked keys. */
  migratingTo?: number;
  /** ARNs of up to 5 SNS topics that each alarm notifies, of its Region. Default: none. */
  topics?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Longest time since a reader's last good read of the pointer: 1s to 7d.
   * @default "30s"
   */
  maxStaleness?: string;
  /**
   * Longest time that a write waits for the fence of a switch: 1ms to 10m.
   * @default "5s"
   */
  maxHold?: string;
  /**
   * Longest time from a change to its replay: 1s to 24h, for which a stream holds changes.
   * @default "5m"
   */
  maxLag?: string;
  /**
   * Parked keys that are no alarm yet, up to 10,000, above which a run stops.
   * @default 0
   */
  maxParkedKeys?: number;
  /** Tags of the alarms. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

const FIELDS = [
  ...["alias", "controlTable", "migratingTo", "topics", "maxStaleness", "maxHold", "maxLag"],
  ...["maxParkedKeys", "tags"],
];
const MINUTE_S = 60;

/** A metric, and when it is an alarm. */
interface Watch {
  title: string;
  description: string;
  namespace: string;
  metricName: string;
  dimensions: Record<string, pulumi.Input<string>>;
  statistic: "Maximum" | "Sum";
  /** The greatest value that is no alarm. */
  threshold: number;
  /** Minutes above the threshold, of as many. */
  minutes: number;
  /** What a minute without a value means: docs/alarms.md says why. */
  treatMissingData: "missing" | "notBreaching";
  /** Whether a quiet table reports none: the topics hear of the alarm then, and not of each return of values. */
  comesAndGoes?: true;
}

/**
 * CloudWatch alarms and a dashboard for the night of a cut-over: stale readers, writes held by a fence, a moved
 * pointer, and a migration's lag and parked keys. The readers' values come from examples/reader/emf.mjs.
 *
 * @throws pulumi.ResourceError with a one-line message for an invalid alias, version, topic or bound
 */
export class CutoverAlarms extends pulumi.ComponentResource {
  /** ARNs of the alarms: `stale`, `held`, `moved`, and of a migration `lag`, `parked`, `parkedBack`. */
  declare readonly alarms: pulumi.Output<Record<string, string>>;
  /** The dashboard's name. */
  declare readonly dashboard: pulumi.Output<string>;

  constructor(name: string, args: CutoverAlarmsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("swap:index:CutoverAlarms", name, {}, opts);
    const watches = inOneLine(this, () => watchesOf(args));
    const topics = checkedTopics({ name: "topics" }, args.topics, this);
    const arns = Object.entries(watches).map(([kind, watch]) => {
      const { title: _, description, minutes, comesAndGoes, ...metric } = watch;
      const alarm = new aws.cloudwatch.MetricAlarm(
        `${name}-${kind}`,
        {
          ...metric,
          alarmDescription: description,
          comparisonOperator: "GreaterThanThreshold",
          period: MINUTE_S,
          evaluationPeriods: minutes,
          ...(topics && { alarmActions: topics }),
          ...(topics && !comesAndGoes && { okActions: topics }),
          ...(topics && kind === "stale" && { insufficientDataActions: topics }),
          ...defined({ tags: args.tags }),
        },
        { parent: this },
      );
      return [kind, alarm.arn] as const;
    });
    this.alarms = pulumi.output(Object.fromEntries(arns));
    const made = new aws.cloudwatch.Dashboard(
      name,
      {
        dashboardName: this.alarms.apply((arns) => dashboardName(name, arns)),
        dashboardBody: pulumi.jsonStringify(this.alarms.apply((arns) => body(args, watches, arns))),
      },
      { parent: this },
    );
    this.dashboard = made.dashboardName;
    this.registerOutputs({ alarms: this.alarms, dashboard: this.dashboard });
  }
}

/** The control table as readers report it: its name, also where they have its ARN. */
const reportedTable = ({ controlTable }: CutoverAlarmsArgs) =>
  pulumi.output(controlTable).apply((given) => given.split("/").at(-1) ?? "");

function watchesOf(args: CutoverAlarmsArgs): Record<string, Watch> {
  assertFields("alarms", args, FIELDS, "at least alias, controlTable");
  const { alias, migratingTo, maxParkedKeys = 0 } = args as CutoverAlarmsArgs;
  assertAlias(alias);
  const reader = {
    namespace: "PulumiSwap/Reader",
    dimensions: { ControlTable: reportedTable(args), Alias: alias },
  };
  const watches: Record<string, Watch> = {
    stale: {
      ...reader,
      title: "Age of the readers' pointers, ms",
      description: `Readers of ${alias} can't read the pointer, or none reports.`,
      metricName: "Staleness",
      statistic: "Maximum",
      threshold: within("maxStaleness", args.maxStaleness ?? "30s", 1_000, "1s to 7d", 604_800_000),
      minutes: 2,
      treatMissingData: "missing",
    },
    held: {
      ...reader,
      title: "Longest wait of a write for a fence, ms",
      description: `Writers of ${alias} wait for the fence of a switch.`,
      metricName: "LongestHold",
      statistic: "Maximum",
      threshold: within("maxHold", args.maxHold ?? "5s", 1, "1ms to 10m", 600_000),
      minutes: 1,
      treatMissingData: "notBreaching",
    },
    moved: {
      ...reader,
      title: "Moves that readers followed",
      description: `Readers of ${alias} follow another version now.`,
      metricName: "Changes",
      statistic: "Sum",
      threshold: 0,
      minutes: 1,
      treatMissingData: "notBreaching",
    },
  };
  const maxLag = within("maxLag", args.maxLag ?? "5m", 1_000, "1s to 24h", 86_400_000);
  if (!Number.isInteger(maxParkedKeys) || maxParkedKeys < 0 || maxParkedKeys > MAX_PARKED)
    throw invalidInput(
      "maxParkedKeys",
      formatValue(maxParkedKeys),
      "want a whole number from 0 to 10,000",
      "pass a number within the bounds, or leave it out",
    );
  if (migratingTo === undefined) return watches;
  assertVersion(migratingTo);
  const parked = {
    namespace: "PulumiSwap/Migration",
    dimensions: { Alias: alias, Version: String(migratingTo) },
    statistic: "Maximum",
    threshold: maxParkedKeys,
    minutes: 1,
    treatMissingData: "missing",
    comesAndGoes: true,
  } as const;
  return {
    ...watches,
    lag: {
      title: "Lag of the replay, ms",
      description: `The replay to version ${migratingTo} of ${alias} is behind its stream.`,
      namespace: "AWS/Lambda",
      metricName: "IteratorAge",
      dimensions: { FunctionName: functionName(alias, migratingTo, "replay") },
      statistic: "Maximum",
      threshold: maxLag,
      minutes: 3,
      treatMissingData: "missing",
      comesAndGoes: true,
    },
    parked: {
      ...parked,
      title: "Parked keys",
      description: `Items of ${alias} could not be written to version ${migratingTo}.`,
      metricName: "ParkedKeys",
    },
    parkedBack: {
      ...parked,
      title: "Parked keys of the way back",
      description: `Items of ${alias} could not be written back from version ${migratingTo}.`,
      metricName: "ParkedKeysBack",
    },
  };
}

function within(name: string, text: string, least: number, bounds: string, most: number): number {
  const ms = parseDuration(text, name);
  if (ms >= least && ms <= most) return ms;
  throw invalidInput(
    name,
    formatValue(text),
    `want ${bounds}`,
    `write such as "30s", or leave it out`,
  );
}

/** A widget needs the Region that its metric is in. */
const alarmRegion = (arns: Record<string, string>) => arns.stale?.split(":")[3];

/** One name for all Regions of the account: a dashboard of another stack with the same one would be replaced. */
function dashboardName(name: string, arns: Record<string, string>): string {
  const parts = [pulumi.getProject(), pulumi.getStack(), alarmRegion(arns), name, "cut-over"];
  return parts.join("-").replace(/[^\w-]/g, "-");
}

/** The dashboard: the alarms' states, the versions that readers serve, and each metric with its bound. */
function body(
  args: CutoverAlarmsArgs,
  watches: Record<string, Watch>,
  arns: Record<string, string>,
): object {
  const region = alarmRegion(arns);
  const graph = (title: string, metrics: unknown[], more: object) => ({
    type: "metric",
    width: 12,
    height: 6,
    properties: { title, region, period: MINUTE_S, metrics, ...more },
  });
  const version = [
    "PulumiSwap/Reader",
    "ActiveVersion",
    "ControlTable",
    reportedTable(args),
    "Alias",
    args.alias,
  ];
  return {
    widgets: [
      {
        type: "alarm",
        width: 24,
        height: 2,
        properties: { title: `Cut-over of ${args.alias}`, alarms: Object.values(arns) },
      },
      graph(
        "Versions that readers serve",
        [
          [...version, { stat: "Minimum" }],
          [...version, { stat: "Maximum" }],
        ],
        {},
      ),
      ...Object.values(watches).map(
        ({ title, namespace, metricName, dimensions, statistic: stat, threshold: value }) =>
          graph(title, [[namespace, metricName, ...Object.entries(dimensions).flat()]], {
            stat,
            annotations: { horizontal: [{ label: "alarm above", value }] },
          }),
      ),
    ],
  };
}
