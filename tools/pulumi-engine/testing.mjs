import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { directoriesWith } from "./find.mjs";
import { releaseFiles } from "./release-source.mjs";
import { run } from "./run.mjs";
import { pinnedVersions } from "./versions.mjs";

export const VERSION = pinnedVersions().cli;
const ENTRY = fileURLToPath(new URL("index.mjs", import.meta.url));

/** A folder for one test: `cache` for the engine, `bin` as the whole PATH, so that no real tool is found. */
export function sandbox(t) {
  const root = mkdtempSync(join(tmpdir(), "pulumi-engine-test-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const box = { root, cache: join(root, "cache"), bin: join(root, "bin") };
  mkdirSync(box.bin);
  return box;
}

export function script(dir, name, body) {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(dir, name), 0o755);
}

export function borrow(box, ...tools) {
  for (const tool of tools) symlinkSync(join(directoriesWith(tool)[0], tool), join(box.bin, tool));
}

export function start(box, { env = {}, args = [] } = {}) {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: { PATH: box.bin, HOME: box.root, PULUMI_SWAP_CACHE_DIR: box.cache, ...env },
  });
  const result = { child, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (result.stdout += chunk));
  child.stderr.on("data", (chunk) => (result.stderr += chunk));
  result.ended = new Promise((resolve) =>
    child.on("close", (code) => resolve({ code, stdout: result.stdout, stderr: result.stderr })),
  );
  return result;
}

export const engine = (box, options) => start(box, options).ended;

/** What an interrupted or refused run must leave: no temporary folder, no lock, no engine. */
export function leftovers(box) {
  try {
    return readdirSync(join(box.cache, "engine"));
  } catch {
    return [];
  }
}

/**
 * A release server on the loopback address.
 *
 * @param damage changes the archive after its checksum was taken
 * @param until what the rest of the archive waits for, after its first bytes
 */
export async function releaseServer(t, box, { version = VERSION, damage, until } = {}) {
  const { archive, checksums } = releaseFiles(VERSION);
  const content = join(box.root, "release");
  script(join(content, "pulumi"), "pulumi", `echo v${version}`);
  for (const language of ["nodejs", "yaml", "python"])
    script(join(content, "pulumi"), `pulumi-language-${language}`, "exit 0");
  script(join(content, "pulumi"), "pulumi-language-python-exec", "exit 0");
  const file = join(box.root, archive);
  await run("tar", ["-czf", file, "-C", content, "pulumi"]);
  const bytes = readFileSync(file);
  const sum = createHash("sha256").update(bytes).digest("hex");
  const served = damage ? damage(bytes) : bytes;
  const requests = [];
  const server = createServer((request, response) => {
    const name = request.url.slice(1);
    requests.push(name);
    if (name === checksums) response.end(`${"0".repeat(64)}  other.tar.gz\n${sum}  ${archive}\n`);
    else if (name === archive) {
      response.write(served.subarray(0, 10));
      void Promise.resolve(until).then(() => response.end(served.subarray(10)));
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests, archive };
}

/**
 * Stands in for Go: makes programs of the right names, at once.
 *
 * @param vendor what `go mod vendor` does; by default it makes the files that are left out
 */
export function fakeGo(
  box,
  { version = "1.99.0", build = "", vendor = "[ ! -d _left-out ] || cp -R _left-out vendor" } = {},
) {
  const sdk = join(box.root, "sdk");
  script(join(sdk, "nodejs", "dist"), "pulumi-resource-pulumi-nodejs", "exit 0");
  script(join(sdk, "python", "dist"), "pulumi-resource-pulumi-python", "exit 0");
  script(join(sdk, "python", "cmd"), "pulumi-language-python-exec", "exit 0");
  borrow(box, "cat", "chmod", "cp", "mkdir", "sleep");
  script(
    box.bin,
    "go",
    `case "$1 $2 $3" in
"version  ") echo "go version go${version} linux/amd64"; exit;;
"list -mod=readonly -m") echo "${sdk}"; exit;;
"mod vendor ") ${vendor}; exit;;
"list "*) echo a; echo b; exit;;
esac
${build}
mkdir -p "\${GOMODCACHE:-$HOME/go}/kept" "\${GOCACHE:-$HOME/.cache}/kept"
while [ "$1" != -o ]; do shift; done
names="pulumi-language-nodejs pulumi-language-python"
case "$PWD" in */cli) names="pulumi pulumi-language-yaml gen-sdk";; esac
for name in $names; do
  printf '#!/bin/sh\\necho v${VERSION}\\n' > "$2$name"; chmod 755 "$2$name"; echo "some/package/$name" >&2
done`,
  );
}
