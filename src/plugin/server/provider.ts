import * as pulumi from "@pulumi/pulumi";
import { VERSION } from "../../aws";
import type { Handler } from "../../dynamic";
import { Clients, guardedTables, replicaWarner, URN_PROPERTY } from "../../dynamic";
import { isSwapError } from "../../errors";
import { defined } from "../../validation";
import { type ServedProvider, shortenError } from "../host/serve";
import { PREVIEW, type Props, plainProps, sendable } from "../host/values";
import { schemaText } from "../schema";
import { configuredConnection } from "./configuration";
import { construct } from "./construct";
import type { EngineLog } from "./engine-log";
import { type HandlerContext, type ResourceType, resourceTypes } from "./resource-types";

/**
 * The plugin: the components and the resources of this package, for every Pulumi language. Uses the same
 * handlers as the dynamic resources.
 */
export class SwapProvider implements ServedProvider {
  readonly version = VERSION;
  private readonly clients = new Clients();
  private readonly stop = new AbortController();
  private readonly warnOfReplicas: HandlerContext["warnOfReplicas"];
  private pendingOperations = 0;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly log: EngineLog,
  ) {
    this.warnOfReplicas = replicaWarner((line) => log.warn("", line));
    this.configure({});
  }

  /** Whether an operation is running. */
  get busy(): boolean {
    return this.pendingOperations > 0;
  }

  configure(args: Props): void {
    // A plugin in a debugger may outlive a run: forget that run's guarded tables.
    guardedTables.clear();
    this.clients.configure(configuredConnection(plainProps(args), this.env));
  }

  async getSchema(): Promise<string> {
    return schemaText();
  }

  async check(urn: string, olds: Props, news: Props): Promise<pulumi.provider.CheckResult> {
    const kind = resourceTypeOf(urn);
    // Defaults are never secret, so return the program's own values unchanged, with their secret markers.
    const inputs = defined(kind.defaults(news, urn));
    const handler = kind.handler(this.clients, this.handlerContext(urn));
    const given = plainOwnProps(inputs);
    const { inputs: checked = given, failures = [] } = await this.withOneLineErrors(
      handler.check(plainOwnProps(olds), given),
    );
    const decided = Object.entries(checked).filter(([name, value]) => given[name] !== value);
    return { inputs: { ...inputs, ...Object.fromEntries(decided) }, failures };
  }

  async diff(
    id: string,
    urn: string,
    olds: Props,
    news: Props,
  ): Promise<pulumi.provider.DiffResult> {
    return this.withOneLineErrors(
      this.handler(urn).diff(id, plainOwnProps(olds), plainOwnProps(news)),
    );
  }

  async create(urn: string, inputs: Props): Promise<pulumi.provider.CreateResult> {
    if (inputs[PREVIEW]) return { id: "", outs: this.preview(urn, inputs) };
    const { id, outs } = await this.withOneLineErrors(
      this.handler(urn).create(plainOwnProps(inputs)),
    );
    return { id, outs: sendable(outs, inputs) };
  }

  async update(
    id: string,
    urn: string,
    olds: Props,
    news: Props,
  ): Promise<pulumi.provider.UpdateResult> {
    if (news[PREVIEW]) return { outs: this.preview(urn, news) };
    const { outs } = await this.withOneLineErrors(
      this.handler(urn).update(id, plainOwnProps(olds), plainOwnProps(news)),
    );
    return { outs: sendable(outs, news) };
  }

  /** Reads a resource for a refresh, or for an import, which has no properties yet. */
  async read(id: string, urn: string, props: Props = {}): Promise<pulumi.provider.ReadResult> {
    const kind = resourceTypeOf(urn);
    const imported = Object.keys(props).length === 0;
    const read = async () => {
      const asked = imported
        ? await kind.importedProperties(id, this.clients)
        : plainOwnProps(props);
      return this.handler(urn).read(id, asked);
    };
    const { id: found, props: outs = {} } = await this.withOneLineErrors(read());
    if (found === undefined) return { id: "", props: {} };
    return {
      id: found,
      props: sendable(outs, props),
      ...(imported && { inputs: defined(kind.importedInputs(outs)) }),
    };
  }

  async delete(id: string, urn: string, props: Props): Promise<void> {
    await this.withOneLineErrors(this.handler(urn).delete(id, plainOwnProps(props)));
  }

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    return this.withOneLineErrors(
      (async () => {
        const made = construct(name, type, inputs, options);
        // Serialize here as the server does, so that failures are not reported in Pulumi's wording.
        await pulumi.runtime.serializeProperties(name, made.state);
        return made;
      })(),
    );
  }

  /** Ends waits, with the last refusal as the result. A running write finishes. */
  async cancel(): Promise<void> {
    this.stop.abort();
  }

  private preview(urn: string, inputs: Props): Props {
    return sendable(resourceTypeOf(urn).preview(plainOwnProps(inputs)), inputs);
  }

  private handler(urn: string): Handler<Props, Props> {
    return resourceTypeOf(urn).handler(this.clients, this.handlerContext(urn));
  }

  private handlerContext(urn: string): HandlerContext {
    return {
      warnOfReplicas: this.warnOfReplicas,
      info: (line: string) => this.log.info(urn, line),
      warn: (line: string) => this.log.warn(urn, line),
      onProgress: (line: string) => this.log.status(urn, line),
      signal: this.stop.signal,
    };
  }

  /** Reduces a thrown error to one line that includes the fix. */
  private async withOneLineErrors<T>(result: Promise<T>): Promise<T> {
    this.pendingOperations++;
    try {
      return await result;
    } catch (error) {
      if (isSwapError(error)) throw new Error(error.line);
      shortenError(error);
      throw error;
    } finally {
      this.pendingOperations--;
    }
  }
}

function resourceTypeOf(urn: string): ResourceType {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const kind = resourceTypes[type];
  if (kind === undefined)
    throw new Error(
      `this plugin has no resource ${type}: it serves ${Object.keys(resourceTypes).join(", ")}`,
    );
  return kind;
}

/** The properties for a handler: plain values, without the properties that the hosts add. */
function plainOwnProps(props: Props): Props {
  const {
    [PREVIEW]: _preview,
    [URN_PROPERTY]: _urn,
    __provider,
    __defaults,
    ...own
  } = plainProps(props);
  return own;
}
