import * as pulumi from "@pulumi/pulumi";

/**
 * Whether the program runs in a unit test, under `pulumi.runtime.setMocks`: nothing may then ask AWS
 * or start a process.
 */
export function hasMocks(): boolean {
  const monitor = pulumi.runtime.getMonitor();
  return monitor !== undefined && "mocks" in monitor;
}
