import type { AwsSettings } from "../../aws/connection";
import { isObject, type Props } from "../host/values";

/**
 * The default connection of the provider's resources: the stack's `swap:` configuration, or an explicit
 * provider's arguments.
 *
 * @param args the arguments of Configure
 * @param env holds the same configuration in PULUMI_CONFIG, for calls before Configure
 */
export function configuredConnection(args: Props, env: NodeJS.ProcessEnv): AwsSettings {
  const given = { ...parsed(env.PULUMI_CONFIG), ...args };
  const named = (["region", "profile", "endpoint"] as const).map((name) => [name, given[name]]);
  const connection = Object.fromEntries(
    named.filter(([, value]) => typeof value === "string" && value !== ""),
  );
  return { connection, unstored: {} };
}

function parsed(json: string | undefined): Props {
  try {
    const config: unknown = JSON.parse(json ?? "");
    return isObject(config) ? config : {};
  } catch {
    return {};
  }
}
