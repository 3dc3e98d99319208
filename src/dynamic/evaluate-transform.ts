import type { Transform } from "../migration";
import type { TransformModule } from "./active-version-inputs";

/**
 * Loads a transform from its text, as a separate module: it may import modules of Node, and nothing else.
 *
 * @throws what the module throws; Error if it has no function as its default export
 */
export async function evaluateTransform({ code }: TransformModule): Promise<Transform> {
  const url = `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
  const { default: made } = (await import(url)) as { default?: unknown };
  if (typeof made !== "function") throw new Error("its default export is no function");
  return made as Transform;
}
