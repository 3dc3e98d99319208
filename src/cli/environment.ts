import { endpointFault, formatValue } from "../validation";
import type { ConnectionFlags } from "./flags";
import { usage } from "./usage";

/**
 * Checks what the flags and the SDK's own environment variables say of Region and endpoint. The
 * SDK takes a malformed one for a failure of the network or of DynamoDB.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkConnectionFlags(flags: ConnectionFlags, env: NodeJS.ProcessEnv): void {
  checkRegion("flag --region", flags.region);
  if (flags.region === undefined) {
    checkRegion("AWS_REGION", env.AWS_REGION || undefined);
    if (!env.AWS_REGION) checkRegion("AWS_DEFAULT_REGION", env.AWS_DEFAULT_REGION || undefined);
  }
  if (flags.profile === "")
    throw usage("flag --profile", '""', "it is empty", "name a profile, or leave it out");

  checkEndpoint("flag --endpoint-url", flags["endpoint-url"]);
  if (flags["endpoint-url"] !== undefined) return;
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") return;
  const variable = env.AWS_ENDPOINT_URL_DYNAMODB ? "AWS_ENDPOINT_URL_DYNAMODB" : "AWS_ENDPOINT_URL";
  checkEndpoint(variable, env[variable] || undefined);
}

function checkRegion(name: string, value: string | undefined): void {
  if (value === undefined || /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(value)) return;
  throw usage(
    name,
    formatValue(value),
    "want the code of an AWS Region: letters, digits and '-'",
    "write it such as eu-west-1, or leave it out",
  );
}

function checkEndpoint(name: string, value: string | undefined): void {
  const fault = value === undefined ? undefined : endpointFault(value);
  if (fault !== undefined) throw usage(name, fault.shown, fault.rule, fault.fix);
}
