import * as pulumi from "@pulumi/pulumi";
import { VERSION } from "../../aws";
import {
  type ControlTableArgs,
  CutoverAlarms,
  type CutoverAlarmsArgs,
  type ExistingControlTable,
  type VersionedTableArgs,
} from "../../component";
import { SwapError } from "../../errors";
import { ControlTable, VersionedTable } from "../components";

type Construct = (
  name: string,
  inputs: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
) => pulumi.provider.ConstructResult;

const components: Readonly<Record<string, Construct>> = {
  "swap:index:ControlTable": (name, inputs, options) => {
    assertPlain(inputs, ["seed", "forceDestroy", "aliases"]);
    const {
      urn,
      name: table,
      ...made
    } = new ControlTable(name, inputs as ControlTableArgs, options);
    const { arn, readPolicy, writePolicy } = made;
    return { urn, state: { name: table, arn, readPolicy, writePolicy } };
  },
  "swap:index:CutoverAlarms": (name, inputs, options) => {
    assertPlain(inputs, [
      ...["alias", "migratingTo", "maxStaleness", "maxHold", "maxLag", "maxParkedKeys"],
    ]);
    const { urn, alarms, dashboard } = new CutoverAlarms(
      name,
      inputs as CutoverAlarmsArgs,
      options,
    );
    return { urn, state: { alarms, dashboard } };
  },
  "swap:index:VersionedTable": (name, inputs, options) => {
    assertPlain(inputs, ["alias", "table", "versions", "retention", "tags", "forceDestroy"]);
    const { controlTable, ...rest } = inputs;
    const args = {
      ...rest,
      ...(controlTable !== undefined && { controlTable: controlTableOf(controlTable) }),
    } as VersionedTableArgs;
    const made = new VersionedTable(name, args, options);
    const { versions, activeVersion, activeTable, environment } = made;
    const { readerPolicy, writerPolicy, pointerPolicy } = made;
    return {
      urn: made.urn,
      state: {
        versions,
        activeVersion,
        activeTable,
        controlTable: made.controlTable,
        environment,
        readerPolicy,
        writerPolicy,
        pointerPolicy,
      },
    };
  },
};

/**
 * Constructs a component for a program in another language.
 *
 * @throws SwapError `swap.input-invalid` for an output where the component needs a plain value
 */
export function construct(
  name: string,
  type: string,
  inputs: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
): pulumi.provider.ConstructResult {
  const make = components[type];
  if (make === undefined)
    throw new Error(
      `this plugin has no component ${type}: it serves ${Object.keys(components).join(", ")}`,
    );
  return make(name, inputs, options);
}

/** Refuses outputs: the component must know its tables before it creates any. */
function assertPlain(inputs: pulumi.Inputs, names: readonly string[]): void {
  for (const name of names)
    if (pulumi.Output.isInstance(inputs[name]))
      throw new SwapError("swap.input-invalid", {
        name,
        value: "(an output of a resource)",
        rule: "it must be known before anything is made",
        fix: "give the value itself, or take it from the configuration",
      });
}

/**
 * Reads a control table argument: a name, a reference, or a ControlTable of the same program; each may be
 * an output.
 */
function controlTableOf(given: unknown): ExistingControlTable {
  const known = pulumi.output(given as string | ExistingControlTable);
  return {
    name: known.apply((table) => (typeof table === "string" ? table : (table.name as string))),
    arn: known.apply((table) => (typeof table === "string" ? undefined : table.arn)),
  };
}

/** A reference to a ControlTable of the program: holds its outputs and creates nothing. */
class GivenControlTable extends pulumi.ComponentResource {
  constructor(name: string, urn: string) {
    super("swap:index:ControlTable", name, { name: undefined, arn: undefined }, { urn });
  }
}

pulumi.runtime.registerResourceModule("swap", "index", {
  version: VERSION,
  construct: (name, _type, urn) => new GivenControlTable(name, urn),
});
