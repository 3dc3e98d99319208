export { type Attempts, watchAttempts } from "./attempts";
export { type AwsContext, fromAws } from "./aws-errors";
export { type AwsFailure, isNotFound, statusOf } from "./aws-failure";
export { batchGet, MAX_BATCH_KEYS, type RawItem } from "./batch-get";
export { assertClientRelease, LOWEST_SDK } from "./client-release";
export { rejectNonJsonResponses, send } from "./json-responses";
export { neverSent } from "./network-failures";
export { NEW_TABLE_MS, type NewTableWait, retryWhileNew, steadyClock } from "./new-table";
export {
  assertTableArn,
  type DeclaredTables,
  describeControlTable,
  isLocationProven,
  isProvenAbsent,
  parseTableArn,
  proveLocation,
  type TableArn,
} from "./proof";
export {
  LAST_WRITER_WINS_FIX,
  lastWriterWins,
  lastWriterWinsLine,
  lastWriterWinsWarning,
} from "./replicas";
export { describe, tableNames } from "./tables";
export { isTransientFailure } from "./transient-failure";
export { runAs, VERSION } from "./user-agent";
