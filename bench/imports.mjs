// What a process pays to load the reader, on top of the SDK that it needs anyway.
import { root } from "./database.mjs";
import { inTurn, timed } from "./in-turn.mjs";
import { paired } from "./ratio.mjs";

const OURS = "pulumi-swap/reader";
const SDK = "@aws-sdk/client-dynamodb";

export async function measureImports({ rounds = 21 }) {
  const loading = (module) => {
    const name = `import of ${module}`;
    // Run by -e, the process resolves from its working folder, which is the checkout.
    const args = ["-e", module === undefined ? "" : `require(${JSON.stringify(module)})`];
    return () => timed({ name, args, env: { PATH: process.env.PATH }, out: "" });
  };
  const contenders = { ours: loading(OURS), sdk: loading(SDK), node: loading() };
  process.chdir(root);
  for (const contender of Object.values(contenders)) await contender();
  const { ours, sdk, node } = await inTurn(rounds, contenders);
  return {
    title: "import",
    figures: [
      paired("process that loads ./reader / one that loads the SDK", ours, sdk),
      paired("process that loads ./reader / one that loads nothing", ours, node),
    ],
    notes: [`whole processes, median of ${rounds} rounds in turn`],
  };
}
