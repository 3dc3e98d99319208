import { assertDistinct, assertRoutable, versionGoneError } from "../errors";
import { chooseSnapshots, renewSnapshots } from "./choose-snapshots";
import {
  type CommandInput,
  type CommandOutput,
  type CommandShape,
  isWrite,
  shapeOf,
} from "./command-shapes";
import { remember } from "./pages";
import type { Choice, Route } from "./route";
import { tablesIn, withAliases, withTables } from "./table-names";

/** Arguments of the SDK's initialize step, with the input of the caller's command. */
export interface Args {
  input: object;
}
export interface Result {
  output: object;
}
export type Next = (args: Args) => Promise<Result>;

/**
 * Routes commands that name an alias to the alias's table. Runs outermost, where it sees the caller's own
 * objects before a document client converts them.
 */
export function aliasMiddleware(routes: ReadonlyMap<string, Route>) {
  return (next: Next, context: { commandName?: string }): Next =>
    async (args) => {
      const action = (context.commandName ?? "").replace(/Command$/, "");
      const shape = shapeOf(action);
      const input: CommandInput = args.input;
      const tables = tablesIn(shape, input);
      const named = tables.flatMap((table) => routes.get(table) ?? []);
      const [first] = named;
      if (first === undefined) return next(args);
      assertRoutable(action, shape, first.alias);
      const fenced = isWrite(action) ? named.find(({ sendFenced }) => sendFenced) : undefined;
      if (fenced?.sendFenced)
        return fenced.sendFenced(named, {
          send: (choices) => sendToVersions(next, args, shape, choices),
          gone: (error, choices) => versionGoneError(error, action, tables, choices),
        });
      const choices = await chooseSnapshots(shape, input, named);
      try {
        return await sendToVersions(next, args, shape, choices);
      } catch (error) {
        if ((error as Error).name !== "ResourceNotFoundException") throw error;
        // If the control table can't be read either, report the command's own error.
        const again = await renewSnapshots(choices).catch(() => undefined);
        if (again === undefined) throw versionGoneError(error, action, tables, choices);
        for (const [alias, { snapshot, retried }] of again)
          if (snapshot !== choices.get(alias)?.snapshot) retried?.(action, snapshot);
        return sendToVersions(next, args, shape, again);
      }
    };
}

async function sendToVersions(
  next: Next,
  args: Args,
  shape: CommandShape,
  choices: ReadonlyMap<string, Choice>,
): Promise<Result> {
  const chosen = new Map([...choices].map(([alias, { snapshot }]) => [alias, snapshot]));
  const input = withTables(shape, args.input, chosen);
  assertDistinct(input, args.input);
  const result = await next({ ...args, input });
  const output = withAliases(shape, result.output, chosen);
  keepOrigins(shape, args.input, output, chosen);
  return { ...result, output };
}

function keepOrigins(
  shape: CommandShape,
  input: CommandInput,
  output: CommandOutput,
  chosen: ReadonlyMap<string, Choice["snapshot"]>,
): void {
  if (shape === "paged") remember(output.LastEvaluatedKey, chosen.get(input.TableName ?? ""));
  if (shape !== "batch-get") return;
  for (const [name, keys] of Object.entries(output.UnprocessedKeys ?? {}))
    remember(keys, chosen.get(name));
}
