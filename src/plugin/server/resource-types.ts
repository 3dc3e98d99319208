import { describeTable } from "../../aws";
import type { Clients, Handler } from "../../dynamic";
import {
  ActiveVersionHandler,
  DEFAULT_GRACE,
  findRowIfAny,
  type HandlerDependencies,
  RetentionPlanHandler,
  SeedHandler,
  textWithCommit,
  VersionGuardHandler,
} from "../../dynamic";
import { SwapError } from "../../errors";
import {
  getActive,
  MAX_AUDIT_TEXT_LENGTH,
  NAMED_VERSION,
  tableOf,
  versionOfTable,
} from "../../pointer";
import { hasUnknown, type Props, UNKNOWN } from "../host/values";

/** Functions for progress and warnings, and the signal that ends waits. */
export interface HandlerContext
  extends Required<Pick<HandlerDependencies, "onProgress" | "signal" | "warnOfReplicas" | "warn">> {
  /** Shows a line in the run's output. */
  info(line: string): void;
}

/** A resource type that the plugin serves. */
export interface ResourceType {
  handler(clients: Clients, work: HandlerContext): Handler<Props, Props>;
  /** Defaults for inputs that the TypeScript classes otherwise fill in. */
  defaults(inputs: Props, urn: string): Props;
  /** The outputs known in a preview. */
  preview(inputs: Props): Props;
  /**
   * Reads the properties of the resource that an identifier of `pulumi import` names.
   *
   * @throws SwapError for an invalid identifier, and if there is nothing to import
   */
  importedProperties(id: string, clients: Clients): Promise<Props>;
  /** The inputs that a program would declare for an imported resource. */
  importedInputs(outs: Props): Props;
}

const POINTER_ID = { form: "<control table>/<alias>", example: "one such as shop_swap/orders" };
const GUARD_ID = {
  form: "<control table>/<alias>/<version>",
  example: "one such as shop_swap/orders/4",
};

const unchanged = (inputs: Props) => inputs;

const activeVersion: ResourceType = {
  handler: (clients, work) => untyped(new ActiveVersionHandler(clients, work)),
  defaults: ({ reason, ...rest }, urn) => ({
    ...rest,
    actor: rest.actor ?? actorOf(urn),
    ...reasonWithCommit(reason),
  }),
  preview: (inputs) => ({
    ...inputs,
    table: hasUnknown([inputs.alias, inputs.version])
      ? UNKNOWN
      : tableOf(inputs.alias as string, inputs.version as number, {
          tableNames: inputs.firstTable ? { [NAMED_VERSION]: inputs.firstTable as string } : {},
        }),
    activatedAt: UNKNOWN,
    previousVersion: UNKNOWN,
    activatedBy: UNKNOWN,
  }),
  importedProperties: async (id, clients) => {
    const [controlTable = "", alias = ""] = parseImportId(id, POINTER_ID);
    await getActive({ client: clients.get(), controlTable }, alias);
    return { controlTable, alias };
  },
  importedInputs: ({ alias, controlTable, version }) => ({ alias, controlTable, version }),
};

const versionGuardType: ResourceType = {
  handler: (clients, { signal }) => untyped(new VersionGuardHandler(clients, Date.now, { signal })),
  defaults: (inputs) => ({ ...inputs, grace: inputs.grace ?? DEFAULT_GRACE }),
  preview: unchanged,
  importedProperties: async (id, clients) => {
    const [controlTable, alias = "", number] = parseImportId(id, GUARD_ID);
    const conventional = `${alias}_v${number}`;
    const version = versionOfTable(alias, conventional);
    if (version === undefined) throw importIdError(id, `want ${GUARD_ID.form}`, GUARD_ID.example);
    const client = clients.get();
    const ref = { client, controlTable: controlTable ?? "" };
    const table = (await describeTable(client, conventional))
      ? conventional
      : tableOf(alias, version, await findRowIfAny(ref, alias).catch(() => undefined));
    if (!(await describeTable(client, table)))
      throw importIdError(id, `table "${table}" does not exist`, "the version of one that does");
    const named = table === conventional ? {} : { named: true };
    return { controlTable, alias, version, table, ...named, grace: DEFAULT_GRACE };
  },
  importedInputs: unchanged,
};

const pointerSeed: ResourceType = {
  handler: (clients, { signal }) => untyped(new SeedHandler(clients, { signal })),
  defaults: (inputs, urn) => ({ ...inputs, actor: inputs.actor ?? actorOf(urn) }),
  preview: unchanged,
  importedProperties: async (id) => {
    throw new SwapError("swap.input-invalid", {
      name: "id",
      value: JSON.stringify(id),
      rule: "a seed is not imported",
      fix: "declare it: an alias that has a row is left as it is",
    });
  },
  importedInputs: unchanged,
};

const retentionPlanType: ResourceType = {
  handler: (clients, { info, warn }) => untyped(new RetentionPlanHandler(clients, { info, warn })),
  defaults: (inputs) => ({ ...inputs, grace: inputs.grace ?? DEFAULT_GRACE }),
  preview: unchanged,
  importedProperties: async (id) => {
    throw new SwapError("swap.input-invalid", {
      name: "id",
      value: JSON.stringify(id),
      rule: "a retention plan is not imported",
      fix: "declare the VersionedTable: it makes its plan",
    });
  },
  importedInputs: unchanged,
};

/** Resource types by their name in a URN. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "swap:index:ActiveVersion": activeVersion,
  "swap:index:VersionGuard": versionGuardType,
  "swap:index:RetentionPlan": retentionPlanType,
  "swap:index:PointerSeed": pointerSeed,
};

/** Removes a handler's types: the engine passes untyped inputs, which the handler's `check` validates. */
function untyped<I, O>(handler: Handler<I, O>): Handler<Props, Props> {
  return handler as unknown as Handler<Props, Props>;
}

/** The default actor of a pointer update: `pulumi:<project>/<stack>`. */
function actorOf(urn: string): string {
  const [, stack, project] = /^urn:pulumi:(.*?)::(.*?)::/.exec(urn) ?? [];
  return `pulumi:${project}/${stack}`.slice(0, MAX_AUDIT_TEXT_LENGTH);
}

function reasonWithCommit(reason: unknown): Props {
  const note = reason === undefined || typeof reason === "string" ? textWithCommit(reason) : reason;
  return note === undefined ? {} : { reason: note };
}

function parseImportId(id: string, { form, example }: typeof POINTER_ID): string[] {
  const found = id.split("/");
  if (found.length === form.split("/").length && found.every((part) => part !== "")) return found;
  throw importIdError(id, `want ${form}`, example);
}

function importIdError(id: string, rule: string, example: string): SwapError {
  const value = JSON.stringify(id);
  return new SwapError("swap.input-invalid", { name: "id", value, rule, fix: `pass ${example}` });
}
