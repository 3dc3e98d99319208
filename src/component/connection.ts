import * as pulumi from "@pulumi/pulumi";
import {
  type AwsSettings,
  awsSettings,
  type Connection,
  mergeConnections,
  SETTINGS,
  storableConnection,
} from "../aws/connection";
import type { ConnectionArgs } from "../dynamic";
import { SwapError } from "../errors";
import { inOneLine, oneLineResourceError } from "./resource-error";

const TABLE = "aws:dynamodb/table:Table";

/** Settings that may be secret: only their presence is checked, never their value. */
const SECRETS = ["accessKey", "secretKey", "token", "httpProxy", "httpsProxy", "noProxy"];

/**
 * The connection of a component's swap, guards and seeds: the declared one, else that of the component's
 * aws provider.
 *
 * @param region the Region that the tables' own arguments name
 * @returns undefined if the stack's configuration is enough
 * @throws pulumi.ResourceError with a one-line message if the aws provider's settings can't be followed
 */
export function connectionOf(
  component: pulumi.Resource,
  given: pulumi.Input<ConnectionArgs> | undefined,
  region: pulumi.Input<string | undefined> | undefined,
): pulumi.Input<ConnectionArgs> | undefined {
  const provider = component.getProvider(TABLE);
  const base = provider
    ? providerConnection(component, provider, given !== undefined)
    : checkStackConnection(component, given);
  if (base === undefined && region === undefined) return given;
  return pulumi
    .all([base ?? {}, region, given ?? {}])
    .apply(([ofProvider, ofTables, own]): ConnectionArgs => {
      const place = { ...ofProvider, ...(ofTables ? { region: ofTables } : {}) };
      const merged = mergeConnections(place, own as Connection);
      return provider ? { ...merged, standalone: true } : merged;
    });
}

/** Refuses an invalid stack configuration early. The handlers read the configuration themselves. */
function checkStackConnection(
  component: pulumi.Resource,
  given: pulumi.Input<ConnectionArgs> | undefined,
): undefined {
  const standalone =
    typeof given === "object" && "standalone" in given && given.standalone === true;
  if (!standalone) inOneLine(component, stackAwsSettings);
}

/**
 * The connection of an explicit aws provider; undefined if its settings are not accessible and the program
 * declares a connection. In the plugin, the engine passes only a provider's URN to a component.
 */
function providerConnection(
  component: pulumi.Resource,
  provider: pulumi.ProviderResource,
  given: boolean,
): pulumi.Output<Connection> | undefined {
  const outputs = provider as unknown as Record<string, pulumi.Output<string> | undefined>;
  if (outputs.region === undefined || !("endpoints" in outputs) || !("assumeRoles" in outputs)) {
    if (given) return undefined;
    throw opaqueProviderError(component);
  }
  const texts = SETTINGS.map((name) => {
    const output = pulumi.output(outputs[name]);
    return SECRETS.includes(name)
      ? pulumi.unsecret(output).apply((value) => (value ? "(not shown)" : undefined))
      : output;
  });
  return pulumi.all(texts).apply((values) => {
    const named = new Map<string, string | undefined>(
      SETTINGS.map((name, index) => [name, values[index]]),
    );
    const nameOf = (name: string) => `${name} of the aws provider`;
    return inOneLine(component, () =>
      storableConnection(
        awsSettings((name) => named.get(name), nameOf),
        nameOf,
      ),
    );
  });
}

function opaqueProviderError(component: pulumi.Resource): pulumi.ResourceError {
  const error = new SwapError("swap.input-invalid", {
    name: "providers.aws",
    value: "(an explicit provider)",
    rule: "the swap and its guards can't see its Region and account",
    fix: 'write them as connection: { region: "eu-west-1", profile: "<name>" }, with what else the provider names',
  });
  return oneLineResourceError(error, component);
}

/**
 * Reads the connection settings from the stack's `aws:` configuration.
 *
 * @throws SwapError `swap.input-invalid` for a setting that is malformed or can't be followed
 */
export function stackAwsSettings(): AwsSettings {
  const config = new pulumi.Config("aws");
  return awsSettings((name) => config.get(name));
}
