import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * The simulator of IAM's own rules that the tests ask, as a separate process: it is no dependency,
 * since its licence is the AGPL's.
 */
const SIMULATOR = "@cloud-copilot/iam-simulate@0.1.173";

const ACCOUNT = "123456789012";
const ask = promisify(execFile);

/** A request as IAM sees it: the action, the table, and the keys of the items that it names. */
export interface SimulatedRequest {
  operation: string;
  table: string;
  keys: readonly string[];
}

export interface PolicySimulator {
  /** Whether a policy, as an identity's only one, allows each of the requests. */
  allowed(policy: unknown, requests: readonly SimulatedRequest[]): Promise<boolean[]>;
  remove(): void;
}

/** Installs the simulator into an empty folder; undefined where the registry can't be reached. */
export async function policySimulator(): Promise<PolicySimulator | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-iam-"));
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  writeFileSync(join(folder, "ask.mjs"), SCRIPT);
  const install = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  try {
    await ask("npm", [...install, SIMULATOR], { cwd: folder, timeout: 120_000 });
  } catch (error) {
    process.stderr.write(`SKIPPED: no policy simulator: ${(error as Error).message}\n`);
    return undefined;
  }
  return {
    async allowed(policy, requests) {
      const given = JSON.stringify({ policy, requests });
      const { stdout } = await ask(process.execPath, ["ask.mjs", given], { cwd: folder });
      return JSON.parse(stdout);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const SCRIPT = `
import { runSimulation } from "@cloud-copilot/iam-simulate";
const { policy, requests } = JSON.parse(process.argv[2]);
const results = [];
for (const { operation, table, keys } of requests) {
  const result = await runSimulation({
    identityPolicies: [{ name: "policy", policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    request: {
      action: "dynamodb:" + operation,
      principal: "arn:aws:iam::${ACCOUNT}:user/user",
      resource: { accountId: "${ACCOUNT}", resource: "arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/" + table },
      contextVariables: keys.length > 0 ? { "dynamodb:LeadingKeys": keys } : {},
    },
  }, {});
  if (result.overallResult === undefined) throw new Error(JSON.stringify(result));
  results.push(result.overallResult === "Allowed");
}
console.log(JSON.stringify(results));
`;
