import { describeContinuousBackups, updateContinuousBackups } from "./continuous-backups";
import type { Engine } from "./engine";
import type { Operation } from "./request-context";
import { restoreTable } from "./restore";
import { createTable, deleteTable, describeTable, updateTable } from "./table-life";
import { listTagsOfResource, tagResource, untagResource } from "./tags";
import { describeTimeToLive, updateTimeToLive } from "./time-to-live";

const ALWAYS: Record<string, Operation> = {
  CreateTable: createTable,
  UpdateTable: updateTable,
  DescribeTable: describeTable,
  DeleteTable: deleteTable,
  UpdateContinuousBackups: updateContinuousBackups,
  DescribeContinuousBackups: describeContinuousBackups,
  RestoreTableToPointInTime: restoreTable,
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsOfResource: listTagsOfResource,
};

/** The operations that the emulator serves instead of this engine, by operation. */
export function ownOperations(engine: Engine): ReadonlyMap<string, Operation> {
  const ttl = { UpdateTimeToLive: updateTimeToLive, DescribeTimeToLive: describeTimeToLive };
  return new Map(Object.entries({ ...ALWAYS, ...(engine.timeToLive ? {} : ttl) }));
}
