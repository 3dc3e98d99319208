import { type ControlTableRef, fromAws } from "../pointer";
import type { Environment } from "./environment";
import { type RowAnswer, readRows } from "./read-rows";

/** A read under way. */
export interface TimedRead {
  /** Never rejects: a failure is the answer for the aliases it concerns. */
  answers: Promise<Map<string, RowAnswer>>;
  /** Gives it up now, so that its connection holds nothing open. */
  abort(): void;
}

/**
 * Reads the rows of some aliases, and gives up after `limitMs`. The SDK's abort signal alone would
 * not do: it is not heard while credentials are being fetched.
 */
export function readWithin(
  ref: ControlTableRef,
  aliases: readonly string[],
  limitMs: number,
  tools: { environment: Environment; batching: boolean; batchingDenied(): void },
): TimedRead {
  const controller = new AbortController();
  const gaveUp = Promise.withResolvers<Error>();
  const giveUp = (why: string) => {
    gaveUp.resolve(Object.assign(new Error(why), { name: "TimeoutError" }));
    controller.abort();
  };
  const cancel = tools.environment.after(limitMs, () => giveUp(`no answer within ${limitMs} ms`));
  const allFail = async (error: unknown) => {
    const failure = await fromAws(error, {
      client: ref.client,
      action: aliases.length > 1 && tools.batching ? "BatchGetItem" : "GetItem",
      table: ref.controlTable,
    });
    return new Map(aliases.map((alias) => [alias, { error: failure }]));
  };
  const answers = Promise.race([
    gaveUp.promise.then(allFail),
    readRows(ref, aliases, { ...tools, signal: controller.signal }).catch(allFail),
  ]).finally(cancel);
  return { answers, abort: () => giveUp("the reader was stopped") };
}
