import type { ListedAlias } from "../pointer";
import type { Column } from "./columns";
import { tableOrNull } from "./pointer-json";
import { whenOf } from "./when";

const columns: Column<ListedAlias>[] = [
  { head: "ALIAS", cell: ({ alias }) => alias },
  {
    head: "VERSION",
    right: true,
    cell: ({ row }) => (row ? String(row.version) : "?"),
    tone: ({ error }) => (error ? "bad" : "good"),
  },
  { head: "TABLE", cell: ({ row }) => (row && tableOrNull(row.alias, row.version)) ?? "-" },
  { head: "SINCE", cell: ({ row }) => (row ? whenOf(row.activatedAt) : "-") },
  { head: "BY", cell: ({ row }) => (row?.foreign ? "(another writer)" : (row?.by ?? "-")) },
];

const errorColumn: Column<ListedAlias> = {
  head: "ERROR",
  cell: ({ error }) => error?.message ?? "",
  tone: () => "bad",
};

/** The columns of `swap list`. */
export function listColumns(withErrors: boolean): Column<ListedAlias>[] {
  return withErrors ? [...columns, errorColumn] : columns;
}
