import { execFile, spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const checkout = resolve(__dirname, "../..");

/** After this a run counts as hung. */
const RUN_MS = 600_000;

const preload = (name: string) => `--require ${join(__dirname, `${name}.cjs`)}`;

/** What a `pulumi` command said. */
export interface Run {
  code: number;
  /** Standard output and standard error in one, without colour. */
  output: string;
}

/** Shared by projects that act as stacks of one organization: a backend of state files. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "pulumi-swap-"));
}

/** In which language a project's program is written, or that it is one of the examples. */
type Language = "nodejs" | "yaml" | "example";

/** The plugins that a project takes from this checkout. */
const AWS_ALONE = `plugins:
  providers:
    - { name: aws, path: ${join(checkout, "tools/local-aws/plugin")} }
`;
const PLUGINS = `${AWS_ALONE}    - { name: swap, path: ${process.env.TEST_SWAP_PLUGIN} }
`;

/**
 * A user's Pulumi project in a separate folder, outside the checkout: a real engine, a file
 * backend, `@pulumi/aws` served by the local stand-in. A YAML project has no node_modules.
 */
export class Project {
  readonly folder = temporaryFolder();
  readonly env: NodeJS.ProcessEnv;

  constructor(
    readonly program: string,
    private readonly options: {
      name?: string;
      language?: Language;
      /** The project is not told where the swap plugin is. */
      withoutSwap?: boolean;
      env?: NodeJS.ProcessEnv;
    } = {},
  ) {
    mkdirSync(join(this.folder, "state"));
    if (this.language === "nodejs") this.prepareNode();
    if (this.language === "example") this.prepareExample(program);
    else this.write(program);
    this.env = {
      PATH: [
        options.env?.TEST_PYTHON_BIN,
        process.env.TEST_PULUMI_BIN,
        join(checkout, "node_modules/.bin"),
        join(checkout, "node_modules/@pulumi/pulumi"),
        process.env.PATH,
      ]
        .filter(Boolean)
        .join(":"),
      HOME: this.folder,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_STACK: "dev",
      NODE_COMPILE_CACHE: process.env.TEST_COMPILE_CACHE,
      NODE_OPTIONS: preload("compile-cache"),
      NO_COLOR: "1",
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_DYNAMODB: process.env.TEST_DYNAMODB,
      ...options.env,
    };
  }

  /** Lets the following runs see a clock that is ahead by this many hours. */
  hoursLater(hours: number): void {
    this.env.NODE_OPTIONS = `${preload("compile-cache")} ${preload("shifted-clock")}`;
    this.env.TEST_CLOCK_AHEAD = String(hours * 3_600_000);
  }

  /** A copy of one of the examples, with the plugins of this checkout. */
  static example(name: string, env: NodeJS.ProcessEnv = {}): Project {
    return new Project(name, { language: "example", env });
  }

  private get language(): Language {
    return this.options.language ?? "nodejs";
  }

  private get name(): string {
    return this.options.name ?? "test";
  }

  private prepareExample(name: string): void {
    cpSync(join(checkout, "examples", name), this.folder, { recursive: true });
    const compiled = join(checkout, "build/examples", name);
    if (existsSync(compiled)) {
      cpSync(compiled, this.folder, { recursive: true });
      this.linkModules();
    }
    appendFileSync(join(this.folder, "Pulumi.yaml"), PLUGINS);
  }

  private linkModules(): void {
    const modules = join(this.folder, "node_modules");
    mkdirSync(modules);
    // Only what is installed: the engine looks for plugins in every folder that it can reach from here.
    mkdirSync(join(modules, "pulumi-swap"));
    for (const each of ["package.json", "dist"])
      symlinkSync(join(checkout, each), join(modules, "pulumi-swap", each));
    symlinkSync(join(checkout, "node_modules/@pulumi"), join(modules, "@pulumi"));
  }

  private prepareNode(): void {
    this.linkModules();
    writeFileSync(
      join(this.folder, "package.json"),
      JSON.stringify({ name: this.name, private: true }),
    );
    writeFileSync(
      join(this.folder, "Pulumi.yaml"),
      `name: ${this.name}
runtime: { name: nodejs, options: { typescript: false } }
${PLUGINS}`,
    );
  }

  /** Replaces the program. */
  write(program: string): void {
    if (this.language === "yaml") {
      const plugins = this.options.withoutSwap ? AWS_ALONE : PLUGINS;
      const head = `name: ${this.name}\nruntime: yaml\n${plugins}`;
      writeFileSync(join(this.folder, "Pulumi.yaml"), `${head}${program}`);
      return;
    }
    writeFileSync(
      join(this.folder, "index.js"),
      `"use strict";
const pulumi = require("@pulumi/pulumi");
const aws = require("@pulumi/aws");
const swap = require("pulumi-swap");
${program}
`,
    );
  }

  /** Runs `pulumi` with the arguments; the stack is that of PULUMI_STACK, `dev`. */
  pulumi(...args: string[]): Promise<Run> {
    return new Promise((done) => {
      execFile(
        "pulumi",
        [...args, "--non-interactive"],
        { cwd: this.folder, env: this.env, maxBuffer: 64 << 20, timeout: RUN_MS },
        (error, stdout, stderr) =>
          done({
            code: error ? (typeof error.code === "number" ? error.code : 1) : 0,
            output: stdout + stderr,
          }),
      );
    });
  }

  /** Makes the stack, as `pulumi stack init` has made the one that is copied, without the processor time of a run. */
  async init(): Promise<void> {
    const [settings, state] = JSON.parse(process.env.TEST_EMPTY_STACK as string);
    appendFileSync(join(this.folder, "Pulumi.dev.yaml"), settings);
    mkdirSync(dirname(this.stateFile), { recursive: true });
    writeFileSync(join(this.backend, ".pulumi/meta.yaml"), "version: 1\n");
    writeFileSync(
      this.stateFile,
      state.replace("organization/test/dev", `organization/${this.declaredName}/dev`),
    );
  }

  private get backend(): string {
    return (this.env.PULUMI_BACKEND_URL as string).replace("file://", "");
  }

  private get declaredName(): string {
    return /^name: *(\S+)/m.exec(this.read("Pulumi.yaml"))?.[1] ?? "";
  }

  private get stateFile(): string {
    return join(this.backend, ".pulumi/stacks", this.declaredName, `${this.env.PULUMI_STACK}.json`);
  }

  preview(...args: string[]): Promise<Run> {
    return this.pulumi("preview", "--diff", ...args);
  }

  up(...args: string[]): Promise<Run> {
    return this.pulumi("up", "--yes", "--skip-preview", ...args);
  }

  /** Runs `up` and, once its output shows the line, does what it is given. */
  upWatched(line: RegExp, then: () => Promise<void>): Promise<Run & { seen: boolean }> {
    return new Promise((done) => {
      const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], {
        cwd: this.folder,
        env: this.env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      let acted: Promise<void> | undefined;
      const take = (data: Buffer) => {
        output += data;
        if (acted === undefined && line.test(output)) acted = then();
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.once("close", async (code) => {
        await acted;
        done({ code: code ?? 1, output, seen: acted !== undefined });
      });
    });
  }

  refresh(...args: string[]): Promise<Run> {
    return this.pulumi("refresh", "--yes", "--skip-preview", ...args);
  }

  destroy(...args: string[]): Promise<Run> {
    return this.pulumi("destroy", "--yes", "--skip-preview", ...args);
  }

  /** The resources in the stack's state, by URN. */
  async state(): Promise<StateResource[]> {
    const { checkpoint } = JSON.parse(readFileSync(this.stateFile, "utf8"));
    const resources: StateResource[] = checkpoint.latest?.resources ?? [];
    return resources
      .map(({ urn, type, id, inputs, outputs }) => ({ urn, type, id, inputs, outputs }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  }

  /** What the state holds of real things, by URN. */
  async things(): Promise<StateResource[]> {
    return (await this.state()).filter(({ id, type }) => id && !type.startsWith("pulumi:"));
  }

  /** The one resource in the state whose URN ends so. */
  async resource(urnEnd: string): Promise<StateResource> {
    const found = (await this.state()).filter(({ urn }) => urn.endsWith(urnEnd));
    if (found.length !== 1) throw new Error(`${found.length} resources end in ${urnEnd}`);
    return found[0] as StateResource;
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  remove(): void {
    // A plugin that the engine has killed may still be writing.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

export interface StateResource {
  urn: string;
  type: string;
  id?: string | undefined;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}
