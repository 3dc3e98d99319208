import fc from "fast-check";
import { type PointerRow, parseRow } from "../../../src/pointer";
import {
  compareReadings,
  isAdvance,
  type Reading,
  recordsRollback,
} from "../../../src/reader/compare-readings";
import { Row } from "./rows";

const parsed = (row: Row): PointerRow => parseRow("control", "orders", row.raw);
const reading = (row: PointerRow | undefined, began: number, answered: number): Reading => ({
  began,
  answered,
  ...(row && { row }),
});

describe("reads that followed one another", () => {
  const judged = (held: Row | undefined, next: Row | undefined) =>
    compareReadings(reading(held && parsed(held), 1, 2), reading(next && parsed(next), 3, 4));

  test.each([
    ["a set", new Row().set(1), new Row().set(1).set(2), "follow"],
    ["the first row", undefined, new Row().set(7), "follow"],
    ["a rollback", new Row().set(1).set(2), new Row().set(1).set(2).rollback(1), "follow"],
    [
      "a rollback whose bar was lifted",
      new Row().set(1).set(2),
      new Row().set(1).set(2).rollback(1).liftBar(2),
      "follow",
    ],
    [
      "a set after a rollback, both missed",
      new Row().set(1).set(5),
      new Row().set(1).set(5).rollback(1).set(3),
      "follow",
    ],
    [
      "a foreign set after a rollback, both missed, bar lifted",
      new Row().set(1).set(5),
      new Row().set(1).set(5).rollback(1).liftBar(5).foreign(3),
      "follow",
    ],
    [
      "a rollback of a version that came after a foreign one, bars lifted",
      new Row().set(1).set(2).foreign(3),
      new Row().set(1).set(2).foreign(3).rollback(2).liftBar(3).rollback(1).foreign(2),
      "follow",
    ],
    ["a smaller version out of nowhere", new Row().set(5), new Row().foreign(4), "backwards"],
    ["a row made again at a smaller version", new Row().set(5), new Row().set(4), "backwards"],
    [
      "an earlier rollback, of another version",
      new Row().set(2).set(3).rollback(2).set(5),
      new Row().set(2).set(3).rollback(2).foreign(4),
      "backwards",
    ],
    ["a row that is gone", new Row().set(2), undefined, "vanished"],
    ["a row of version 1 that is gone", new Row().set(1), undefined, "follow"],
    [
      "a row that named the table of version 1 and is gone",
      new Row().set(1).named("customers"),
      undefined,
      "vanished",
    ],
    [
      "a row made again without the name",
      new Row().set(1).named("customers"),
      new Row().set(1),
      "vanished",
    ],
    [
      "a later version, of a row made again without the name",
      new Row().set(1).named("customers"),
      new Row().set(2),
      "follow",
    ],
    ["a name that was added", new Row().set(1), new Row().set(1).named("customers"), "follow"],
  ])("%s", (_, held, next, verdict) => {
    expect(judged(held, next)).toBe(verdict);
  });
});

test("an answer that overlapped a greater version's is older, until it says rollback", () => {
  const two = parsed(new Row().set(1).set(2));
  const one = parsed(new Row().set(1));
  const back = parsed(new Row().set(1).set(2).rollback(1));
  expect(compareReadings(reading(two, 2, 3), reading(one, 1, 4))).toBe("older");
  expect(compareReadings(reading(two, 2, 3), reading(undefined, 1, 4))).toBe("older");
  expect(compareReadings(reading(two, 2, 3), reading(back, 1, 4))).toBe("follow");
  expect(compareReadings(reading(back, 2, 3), reading(two, 1, 4))).toBe("older");
});

test("an answer without the name that is known already is older", () => {
  const plain = parsed(new Row().set(1));
  const named = parsed(new Row().set(1).named("customers"));
  expect(compareReadings(reading(named, 2, 3), reading(plain, 1, 4))).toBe("older");
  expect(compareReadings(reading(plain, 1, 4), reading(named, 2, 5))).toBe("follow");
});

test("a foreign writer's barred version is not undone by the rollback it came after", () => {
  const back = new Row().set(1).set(2).rollback(1);
  const held = parsed(back);
  const again = parsed(back.foreign(2));
  expect(compareReadings(reading(held, 2, 3), reading(again, 1, 4))).toBe("follow");
  expect(compareReadings(reading(again, 2, 3), reading(held, 1, 4))).toBe("older");
  expect(recordsRollback(held, again)).toBe(true);
});

/** A store that only ever moves as our writers and the Go ones move it. */
const moves = fc.array(fc.constantFrom("set", "foreign", "rollback", "lift"), {
  minLength: 1,
  maxLength: 12,
});

function statesOf(steps: string[]): (PointerRow | undefined)[] {
  const row = new Row();
  const states: (PointerRow | undefined)[] = [undefined];
  for (const step of steps) {
    const now = states.at(-1);
    const next = (now?.version ?? 0) + 1;
    const barred = now?.barred ?? [];
    const back = [...Array(next).keys()].findLast(
      (version) => version > 0 && version < next - 1 && !barred.includes(version),
    );
    if (step === "foreign") row.foreign(next);
    else if (step === "rollback" && back !== undefined) row.rollback(back);
    else if (step === "lift" && barred[0] !== undefined) row.liftBar(barred[0]);
    else row.set(Math.max(next, ...barred.map((version) => version + 1)));
    states.push(parsed(row));
  }
  return states;
}

/** Reads that each see the state of a moment between their start and their answer. */
const reads = fc.array(fc.record({ at: fc.nat(100), before: fc.nat(30), after: fc.nat(30) }), {
  minLength: 1,
  maxLength: 20,
});

function answersOf(
  states: (PointerRow | undefined)[],
  taken: { at: number; before: number; after: number }[],
) {
  return taken
    .map(({ at, before, after }) => ({
      index: Math.floor((at * states.length) / 101),
      began: at - before - 0.25,
      answered: at + after + 0.25,
    }))
    .map((read) => ({ ...read, ...reading(states[read.index], read.began, read.answered) }))
    .sort((a, b) => a.answered - b.answered);
}

test("a state is a proven advance over none that came after it", () => {
  let proven = 0;
  fc.assert(
    fc.property(moves, (steps) => {
      const states = statesOf(steps);
      for (const [index, state] of states.entries())
        for (const later of states.slice(index)) {
          expect(isAdvance(state, later)).toBe(false);
          if (isAdvance(later, state)) proven++;
        }
    }),
    { numRuns: 1_000 },
  );
  expect(proven).toBeGreaterThan(1_000);
});

test("in any order of responses, a reader never returns to an older state", () => {
  fc.assert(
    fc.property(moves, reads, (steps, taken) => {
      let shown: (Reading & { index: number }) | undefined;
      for (const answer of answersOf(statesOf(steps), taken)) {
        if (shown !== undefined && compareReadings(shown, answer) !== "follow") continue;
        if (shown?.row?.version !== answer.row?.version)
          expect(answer.index).toBeGreaterThanOrEqual(shown?.index ?? 0);
        shown = answer;
      }
    }),
    { numRuns: 5_000 },
  );
});

test("a read that started after all others were answered is always followed", () => {
  fc.assert(
    fc.property(moves, reads, (steps, taken) => {
      const states = statesOf(steps);
      let shown: Reading | undefined;
      for (const answer of answersOf(states, taken))
        if (shown === undefined || compareReadings(shown, answer) === "follow") shown = answer;
      expect(compareReadings(shown as Reading, reading(states.at(-1), 1_000, 1_001))).toBe(
        "follow",
      );
    }),
    { numRuns: 5_000 },
  );
});
