import * as pulumi from "@pulumi/pulumi";

/**
 * Whether the program runs in a unit test, under `pulumi.runtime.setMocks`: no AWS request or process may
 * then be started.
 */
export function hasMocks(): boolean {
  const monitor = pulumi.runtime.getMonitor();
  return monitor !== undefined && "mocks" in monitor;
}
