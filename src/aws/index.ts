export { type Attempts, watchAttempts } from "./attempts";
export { type AwsContext, fromAws } from "./aws-errors";
export { type AwsFailure, isNotFound, statusOf } from "./aws-failure";
export { assertClientRelease, LOWEST_SDK } from "./client-release";
export { mayPass } from "./may-pass";
export { neverSent } from "./network-failures";
export { NEW_TABLE_MS, type NewTableWait, steadyClock, whileNew } from "./new-table";
export {
  assertTableArn,
  type DeclaredTables,
  describeControlTable,
  isProvenAbsent,
  isProvenPlace,
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
export { runAs, VERSION } from "./user-agent";
export { demandWholeAnswers, send } from "./whole-answer";
