import { type StackConnection, stackConnection } from "../dynamic/clients";
import type { Props } from "../provider-host/values";

/**
 * How DynamoDB is reached where a resource does not say: what the provider itself is given (`swap:`
 * in the stack's configuration, or an explicit provider's arguments), then the stack's `aws:`
 * configuration.
 *
 * @param args the arguments of Configure
 * @param env where the engine leaves the stack's configuration for a plugin, as PULUMI_CONFIG
 */
export function configuredConnection(args: Props, env: NodeJS.ProcessEnv): StackConnection {
  const stack = stackConfig(env.PULUMI_CONFIG);
  const given = (name: "region" | "profile" | "endpoint") => args[name] ?? stack[`swap:${name}`];
  const named = (["region", "profile", "endpoint"] as const).flatMap((name) => {
    const value = given(name);
    return typeof value === "string" && value !== "" ? [[name, value]] : [];
  });
  return {
    ...stackConnection((key) => stack[key]),
    ...Object.fromEntries(named),
  };
}

function stackConfig(json: string | undefined): Record<string, string | undefined> {
  if (!json) return {};
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
