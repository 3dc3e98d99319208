import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { version } from "@pulumi/pulumi/version";

const root = resolve(__dirname, "../..");

/** Loads a module where Pulumi's SDK lacks a part, as another release of it may. */
function loadedWithout(part: string, replaced: object, module: string): () => unknown {
  return () => {
    let thrown: unknown;
    jest.isolateModules(() => {
      jest.doMock(part, () => replaced);
      try {
        require(module);
      } catch (error) {
        thrown = error;
      }
      jest.dontMock(part);
    });
    if (thrown !== undefined) throw thrown;
  };
}

test.each([
  ["runtime.resetOptions", "@pulumi/pulumi/runtime"],
  ["log.info", "@pulumi/pulumi/log"],
])(
  "without %s the dynamic host's module is refused in one line when it is loaded",
  (name, part) => {
    const load = loadedWithout(part, {}, "../../src/dynamic/status-line");
    const thrown = (() => {
      try {
        load();
      } catch (error) {
        return error as Error;
      }
      return undefined;
    })();
    expect(thrown?.message).toContain(`@pulumi/pulumi ${version} has no ${name}`);
    expect(thrown?.message).not.toContain("\n");
    expect(thrown?.stack).toBe(thrown?.message);
  },
);

test("a provider server without a patched method is refused before it is changed", () => {
  jest.isolateModules(() => {
    const protocol = jest.requireActual("@pulumi/pulumi/proto/provider_pb");
    class CreateRequest extends protocol.CreateRequest {}
    Object.defineProperty(CreateRequest.prototype, "getPreview", { value: undefined });
    jest.doMock("@pulumi/pulumi/proto/provider_pb", () => ({ ...protocol, CreateRequest }));
    const { deserializeBinary } = protocol.ConfigureRequest;
    const { patchHost } = require("../../src/plugin/host/patch-host");
    expect(() => patchHost(() => {})).toThrow(
      `@pulumi/pulumi ${version} has no CreateRequest.getPreview`,
    );
    expect(protocol.ConfigureRequest.deserializeBinary).toBe(deserializeBinary);
    jest.dontMock("@pulumi/pulumi/proto/provider_pb");
  });
});

/** What reaches into others' private parts, and where it may. */
const reaches: [string, RegExp, string[]][] = [
  ["the SDK's composed stacks", /\bhandlers: \{ value|\.handlers\b(?!\.\$|\[)/, []],
  ["the SDK's internal settings", /serviceConfiguredEndpoint|\.config\._/, []],
  ["the main module", /require\.main\b/, []],
  ["Pulumi's protocol", /@pulumi\/pulumi\/proto\//, ["plugin/host", "plugin/server"]],
  ["patched prototypes", /\.prototype\.\w+ = /, ["plugin/host"]],
];

test.each(reaches)(
  "%s are reached only where docs/architecture.md says so",
  (_what, pattern, at) => {
    const src = join(root, "src");
    const found = readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .filter((file) => pattern.test(readFileSync(join(src, file), "utf8")))
      .filter((file) => file !== "dynamic/host.ts");
    expect(found.filter((file) => !at.some((folder) => file.startsWith(folder)))).toEqual([]);
    const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
    for (const folder of at) expect(page).toContain(`src/${folder}`);
  },
);
