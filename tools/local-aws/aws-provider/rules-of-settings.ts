import { UNKNOWN } from "../../../src/plugin/host/values";
import { type Rule, refusal } from "./refusal";

export const streamRule: Rule = ({ streamEnabled, streamViewType }) => {
  const views = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];
  if (streamEnabled !== true || streamViewType === UNKNOWN) return [];
  if (views.includes(streamViewType ?? "")) return [];
  const given = streamViewType
    ? `streamViewType is "${streamViewType}"`
    : "streamViewType is missing";
  return [refusal("streamViewType", `${given}: a stream needs one of ${views.join(", ")}`)];
};

export const timeToLiveRule: Rule = ({ ttl }) => {
  if (!ttl?.enabled || ttl.attributeName) return [];
  return [refusal("ttl", "ttl is enabled without attributeName: name the attribute that holds it")];
};

export const recoveryRule: Rule = ({ pointInTimeRecovery }) => {
  const days = pointInTimeRecovery?.recoveryPeriodInDays;
  if (days === undefined || (days as unknown) === UNKNOWN) return [];
  if (Number.isInteger(days) && days >= 1 && days <= 35) return [];
  const rule = `recoveryPeriodInDays is ${days}: it must be from 1 to 35`;
  return [refusal("pointInTimeRecovery", rule)];
};

export const tableClassRule: Rule = ({ tableClass }) => {
  const classes = ["STANDARD", "STANDARD_INFREQUENT_ACCESS"];
  if (!tableClass || tableClass === UNKNOWN || classes.includes(tableClass)) return [];
  return [
    refusal("tableClass", `tableClass is "${tableClass}": it must be ${classes.join(" or ")}`),
  ];
};

export const tagsRule: Rule = ({ tags }) => {
  return Object.keys(tags ?? {})
    .filter((key) => key.startsWith("aws:"))
    .map((key) => refusal("tags", `tag "${key}": keys beginning "aws:" are reserved, rename it`));
};

export const restoreRule: Rule = ({
  restoreSourceName,
  restoreSourceTableArn,
  restoreToLatestTime,
}) => {
  if (!restoreSourceName && !restoreSourceTableArn) return [];
  if (restoreSourceName && restoreSourceTableArn) {
    return [
      refusal("restoreSourceName", "give restoreSourceName or restoreSourceTableArn, not both"),
    ];
  }
  if (restoreToLatestTime === true || (restoreToLatestTime as unknown) === UNKNOWN) return [];
  return [refusal("restoreToLatestTime", "a restore needs restoreToLatestTime: true")];
};
