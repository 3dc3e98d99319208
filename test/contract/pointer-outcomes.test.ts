import { onEveryBackend } from "../support/backends";
import { makeFaultBench } from "./pointer/fault-bench";
import { outcomesApplied } from "./pointer/outcomes-applied";
import { outcomesReported } from "./pointer/outcomes-reported";

/** The outcomes of a write under faults; after each the table is asked what really happened. */
onEveryBackend((backend, endpoint) => {
  const bench = makeFaultBench(backend, endpoint);
  describe("applied", () => outcomesApplied(bench));
  describe("not applied, or not known", () => outcomesReported(bench));
});
