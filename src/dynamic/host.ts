import type * as pulumi from "@pulumi/pulumi";
import type { HandlerName } from "./host-entry";

type Host = Required<
  Pick<
    pulumi.dynamic.ResourceProvider,
    "configure" | "check" | "diff" | "create" | "update" | "read" | "delete"
  >
>;

/**
 * The part that Pulumi serializes into the state of each dynamic resource: it requires the handler
 * when it runs. So it never changes, the state stays small, and a refresh or a destroy runs the
 * installed code, not a recorded one.
 *
 * `createRequire` at the program's folder, since serialized code has no folder of its own, and
 * because it lets a program inside this package require the package by name.
 */
export function dynamicHost(name: HandlerName): Host {
  const load = () =>
    require("node:module").createRequire(`${process.cwd()}/`)("pulumi-swap/dynamic-host");
  return {
    configure: async (request) => load().configure(request.config),
    check: (olds, news) => load().handlers[name].check(olds, news),
    diff: (id, olds, news) => load().handlers[name].diff(id, olds, news),
    create: (inputs) => load().handlers[name].create(inputs),
    update: (id, olds, news) => load().handlers[name].update(id, olds, news),
    read: (id, props) => load().handlers[name].read(id, props),
    delete: (id, props) => load().handlers[name].delete(id, props),
  };
}
