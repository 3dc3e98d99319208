import type { VersionRole } from "../retention";
import type { Tone } from "./colour";
import type { Column } from "./columns";
import { sizeOf } from "./size";

/** One version of an alias as `swap versions` tells it. */
export interface ShownVersion {
  version: number;
  table: string;
  role: VersionRole;
  /** Rolled back from: our setters refuse it. */
  barred: boolean;
  /** The deletion of its table was permitted: our setters refuse it. */
  retired: boolean;
  /** The code of the error by which making it active would be refused; null where it would not. */
  refused: string | null;
  /** DynamoDB's TableStatus, or MISSING when the pointer names a table that does not exist. */
  state: string;
  items: number | null;
  bytes: number | null;
  created: string | null;
}

const tones: Record<VersionRole, Tone | undefined> = {
  active: "good",
  previous: undefined,
  retiring: "faint",
  ahead: undefined,
  orphan: "warning",
};

/** The columns of `swap versions`. */
export const versionColumns: Column<ShownVersion>[] = [
  { head: "VERSION", right: true, cell: ({ version }) => String(version) },
  { head: "TABLE", cell: ({ table }) => table },
  {
    head: "ROLE",
    cell: ({ role, barred, retired }) =>
      [role, ...(barred ? ["barred"] : []), ...(retired ? ["retired"] : [])].join(", "),
    tone: ({ role }) => tones[role],
  },
  {
    head: "STATE",
    cell: ({ state }) => state,
    tone: ({ state }) => (state === "ACTIVE" ? undefined : state === "MISSING" ? "bad" : "warning"),
  },
  { head: "ITEMS", right: true, cell: ({ items }) => (items === null ? "-" : String(items)) },
  { head: "SIZE", right: true, cell: ({ bytes }) => (bytes === null ? "-" : sizeOf(bytes)) },
  { head: "CREATED", cell: ({ created }) => created ?? "-" },
];
