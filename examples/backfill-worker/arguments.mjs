import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

export class UsageError extends Error {}

const usage =
  "usage: main.mjs VERSION [--segments 4] [--rate 500] [--checkpoint FILE] [--transform FILE] [--keep-newer ATTRIBUTE]";

/** The command line and the environment, checked. */
export async function readArguments(argv, env) {
  const { values, positionals } = parse(argv);
  const [version, ...rest] = positionals;
  if (version === undefined || rest.length > 0) throw new UsageError(usage);
  const alias = env.SWAP_ALIAS;
  const controlTable = env.SWAP_CONTROL_TABLE;
  if (!alias || !controlTable)
    throw new UsageError("set SWAP_ALIAS and SWAP_CONTROL_TABLE, as the component injects them");
  const to = wholeNumber("VERSION", version, 1, Number.MAX_SAFE_INTEGER);
  return {
    alias,
    controlTable,
    to,
    segments: wholeNumber("--segments", values.segments, 1, 100),
    rate: wholeNumber("--rate", values.rate, 1, 100_000),
    checkpoint: values.checkpoint ?? `backfill-${alias}-v${to}.json`,
    keepNewer: values["keep-newer"],
    transform: await transformOf(values.transform),
  };
}

function parse(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        segments: { type: "string", default: "4" },
        rate: { type: "string", default: "500" },
        checkpoint: { type: "string" },
        transform: { type: "string" },
        "keep-newer": { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(`${error.message}; ${usage}`);
  }
}

function wholeNumber(name, text, least, most) {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new UsageError(`${name} is "${text}": want a whole number from ${least} to ${most}`);
  return number;
}

/** A module's default export: `(item, { alias, from, to }) => item`, or undefined to leave it out. */
async function transformOf(file) {
  if (file === undefined) return (item) => item;
  const module = await import(pathToFileURL(file).href);
  if (typeof module.default !== "function")
    throw new UsageError(`${file} has no default export that is a function`);
  return module.default;
}
