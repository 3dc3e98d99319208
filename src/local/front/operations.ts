import { describeContinuousBackups, updateContinuousBackups } from "./continuous-backups.js";
import type { Operation } from "./desk.js";
import type { Engine } from "./engine.js";
import { restoreTable } from "./restore.js";
import { createTable, deleteTable, describeTable, updateTable } from "./table-life.js";
import { listTagsOfResource, tagResource, untagResource } from "./tags.js";
import { describeTimeToLive, updateTimeToLive } from "./time-to-live.js";

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

/** The operations that the front serves itself before this engine, by name. */
export function ownOperations(engine: Engine): ReadonlyMap<string, Operation> {
  const ttl = { UpdateTimeToLive: updateTimeToLive, DescribeTimeToLive: describeTimeToLive };
  return new Map(Object.entries({ ...ALWAYS, ...(engine.timeToLive ? {} : ttl) }));
}
