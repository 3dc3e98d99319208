import "../support/one-realm";
import fc from "fast-check";
import { createControlTable } from "../../src/pointer";
import { onEveryBackend } from "../support/backends";
import { checkCommits, checkHistory } from "./check-commits";
import { checkOutcomes, checkWinners } from "./check-outcomes";
import { checkReader, checkReads } from "./check-reads";
import { clientWithoutPauses } from "./clients";
import { Counts } from "./counts";
import { formatHistory } from "./format-history";
import { isLinearizable } from "./linearizable";
import { openStage, type Stage } from "./play";
import { patienceMs, replayLine, runs } from "./run-parameters";
import { scripts } from "./script";

onEveryBackend((backend, endpoint) => {
  const direct = async () => ({
    client: await clientWithoutPauses(endpoint(), 3),
    controlTable: "faults",
  });
  let stage: Stage;
  const counts = new Counts();

  beforeAll(async () => {
    const ref = await direct();
    await createControlTable(ref);
    stage = await openStage(endpoint(), ref);
  });
  afterAll(async () => {
    await stage?.close();
    console.info(counts.told(backend.name));
  });

  test(
    "random histories under faults: the pointer and every caller's outcome are true",
    async () => {
      const property = fc.asyncProperty(scripts, async (script) => {
        const played = await stage.play(script);
        try {
          checkCommits(played);
          checkHistory(played);
          const exceptions = [...checkOutcomes(played), ...checkReads(played)];
          checkWinners(played);
          checkReader(played);
          if (!isLinearizable(played)) throw new Error("no order of the calls explains them");
          counts.add(played, exceptions);
        } catch (error) {
          throw new Error(`${(error as Error).message}\n${formatHistory(played)}`, {
            cause: error,
          });
        }
      });
      const details = await fc.check(property, runs());
      if (details.failed) throw new Error(replayLine(details));
    },
    patienceMs(),
  );
});
