import { isObject, type Props, plainProps } from "../../../src/plugin/host/values";
import { loopback } from "../loopback";

/** Where and how this provider instance works. */
export interface Configuration {
  /** Endpoint of a DynamoDB on this machine. */
  endpoint: string;
  region: string;
  /** Tags for every resource, from the provider's `defaultTags`. */
  defaultTags: Record<string, string>;
}

/**
 * The configuration from, in this order, the provider's own arguments (the stack's `aws:` settings
 * for the default provider), PULUMI_CONFIG and the environment. Credentials are never read.
 * @param args the arguments of Configure, where structured values are JSON texts
 * @throws where no Region or no endpoint on this machine is given: a stand-in must never talk to AWS
 */
export function configuration(args: Props, env: NodeJS.ProcessEnv): Configuration {
  const given = { ...fromEnvironment(env.PULUMI_CONFIG), ...plainProps(args) };
  const endpoint = endpointIn(given.endpoints) ?? env.AWS_ENDPOINT_URL_DYNAMODB;
  if (!endpoint) {
    throw new Error(
      "the local aws stand-in has no DynamoDB endpoint: set AWS_ENDPOINT_URL_DYNAMODB, or aws:endpoints to [{dynamodb: http://127.0.0.1:8000}]",
    );
  }
  const tags = structured(given.defaultTags);
  return {
    endpoint: loopback(endpoint, "the DynamoDB endpoint of the local aws stand-in"),
    region: regionOf(given, env),
    defaultTags: isObject(tags) && isObject(tags.tags) ? (tags.tags as Record<string, string>) : {},
  };
}

/** The Region alone, which functions need where nothing needs an endpoint. */
export function regionOf(args: Props, env: NodeJS.ProcessEnv): string {
  const given = { ...fromEnvironment(env.PULUMI_CONFIG), ...plainProps(args) };
  const region = given.region || env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (typeof region === "string") return region;
  throw new Error("the local aws stand-in has no Region: set AWS_REGION or aws:region");
}

function endpointIn(endpoints: unknown): string | undefined {
  const list = structured(endpoints);
  const found = Array.isArray(list)
    ? list.find((entry) => isObject(entry) && entry.dynamodb)
    : null;
  return isObject(found) && typeof found.dynamodb === "string" ? found.dynamodb : undefined;
}

/** The `aws:` settings of the stack, by their names after the colon. */
function fromEnvironment(config: string | undefined): Props {
  const all = structured(config);
  const ours = Object.entries(isObject(all) ? all : {}).filter(([key]) => key.startsWith("aws:"));
  return Object.fromEntries(
    ours.map(([key, value]) => [key.slice(key.lastIndexOf(":") + 1), value]),
  );
}

function structured(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
