export { type Attempts, watchAttempts } from "./attempts";
export { type AwsContext, fromAws } from "./aws-errors";
export { type AwsFailure, isNotFound, statusOf } from "./aws-failure";
export { batchGet, MAX_BATCH_KEYS, type RawItem } from "./batch-get";
export { assertClientRelease, LOWEST_SDK } from "./client-release";
export { describeTable, tableNames } from "./describe-tables";
export { itemSize, READ_UNIT_BYTES, textSize, valueSize } from "./item-size";
export {
  assertTableArn,
  type ControlTableRef,
  type DeclaredTables,
  describeControlTable,
  isLocationProven,
  isProvenAbsent,
  parseTableArn,
  proveLocation,
  type TableArn,
} from "./location-proof";
export { neverSent } from "./network-failures";
export { monotonicClock, NEW_TABLE_MS, type NewTableRetry, retryWhileNew } from "./new-table";
export {
  LAST_WRITER_WINS_FIX,
  lastWriterWinsMessage,
  lastWriterWinsRegions,
  lastWriterWinsWarning,
} from "./replicas";
export { rejectNonJsonResponses, type SdkCommand, send } from "./send";
export { isTransientFailure } from "./transient-failure";
export { addUserAgent, setUserAgentPart, VERSION } from "./user-agent";
