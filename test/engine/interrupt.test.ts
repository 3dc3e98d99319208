import { findActive } from "../../src/pointer";
import { controlTable, dynamodb, versionTable } from "./dynamodb";
import { interruptible } from "./interrupted-up";
import { pausingProxy, requestsOf } from "./pausing-proxy";
import { Project } from "./project";
import { messageOf } from "./refused-run";

const control = "interrupted_swap";
const live = (alias: string) => findActive({ client: dynamodb(), controlTable: control }, alias);
beforeAll(() => controlTable(control));

type Write = (alias: string, readiness: string) => string;

const dynamic: Write = (alias, readiness) => `new swap.ActiveVersion("${alias}", {
  controlTable: "${control}", alias: "${alias}", version: 1, table: "${alias}_v1",
  readiness: ${readiness} });`;

const served: Write = (alias, readiness) => `
resources:
  ${alias}:
    type: swap:ActiveVersion
    properties:
      { controlTable: ${control}, alias: ${alias}, version: 1, readiness: ${readiness} }
`;

const hosts: [string, Write, "nodejs" | "yaml"][] = [
  ["dynamic", dynamic, "nodejs"],
  ["plugin", served, "yaml"],
];

/** What a run that did not end by itself leaves, and what makes the next one ask for a repair. */
async function pendingOperations(project: Project): Promise<unknown[]> {
  const { output } = await project.pulumi("stack", "export");
  return JSON.parse(output).deployment.pending_operations ?? [];
}

describe.each(hosts)("%s", (host, write, language) => {
  test("one interrupt ends the wait for a gate, and the next up needs no repair", async () => {
    const alias = `waiting-${host}`;
    await versionTable(`${alias}_v1`);
    const gate = '{ minItems: { count: 5 }, waitFor: "10m" }';
    const project = new Project(write(alias, gate), { language });
    await project.init();
    const up = interruptible(project);
    await up.shows(/waiting .*\d+ s .*minItems/);
    up.interrupt();
    const { code, output } = await up.ended();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      messageOf("swap.not-ready", { gate: "minItems", reason: /interrupted/ }),
    );
    expect(output).not.toMatch(/^\s+at /m);
    expect(await pendingOperations(project)).toEqual([]);
    expect(await live(alias)).toBeUndefined();

    project.write(write(alias, "{}"));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await live(alias)).toMatchObject({ version: 1 });
    project.remove();
  });

  test("so it does while the gate's own request gets no answer", async () => {
    const alias = `unanswered-${host}`;
    await versionTable(`${alias}_v1`);
    const proxy = await pausingProxy(
      process.env.TEST_DYNAMODB as string,
      requestsOf("Scan", `${alias}_v1`),
    );
    const gate = '{ minItems: { count: 5 }, waitFor: "10m" }';
    const env = { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
    const project = new Project(write(alias, gate), { language, env });
    await project.init();
    const up = interruptible(project);
    await proxy.paused(1);
    up.interrupt();
    const { code, output } = await up.ended();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      messageOf("swap.not-ready", { gate: "minItems", reason: /interrupted/ }),
    );
    expect(await pendingOperations(project)).toEqual([]);
    project.remove();
    await proxy.stop();
  });
});
