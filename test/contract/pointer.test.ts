import { onEveryBackend } from "../support/backends";
import { makeBench } from "./pointer/bench";
import { fences } from "./pointer/fences";
import { go } from "./pointer/go";
import { history } from "./pointer/history";
import { malformed } from "./pointer/malformed";
import { names } from "./pointer/names";
import { races } from "./pointer/races";
import { reads } from "./pointer/reads";
import { retired } from "./pointer/retired";
import { rollbacks } from "./pointer/rollbacks";
import { seedAndRelease } from "./pointer/seed-and-release";
import { sets } from "./pointer/sets";
import { tables } from "./pointer/tables";

/** The contract, on each backend; one start of each serves the whole suite. */
onEveryBackend((backend, endpoint) => {
  const bench = makeBench(backend, endpoint);
  describe("get and resolve", () => reads(bench));
  describe("set", () => sets(bench));
  describe("history", () => history(bench));
  describe("the Go implementation and ours", () => go(bench));
  describe("rollback and its bars", () => rollbacks(bench));
  describe("permitted deletions", () => retired(bench));
  describe("the fence of a switch", () => fences(bench));
  describe("seed and release", () => seedAndRelease(bench));
  describe("tables with other names", () => names(bench));
  describe("the control table", () => tables(bench));
  describe("concurrency", () => races(bench));
  describe("malformed rows", () => malformed(bench));
});
