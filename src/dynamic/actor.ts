import * as pulumi from "@pulumi/pulumi";
import { MAX_AUDIT_TEXT_LENGTH } from "../pointer";

/** Who moves a pointer when the program does not say: `pulumi:<project>/<stack>`. */
export function defaultActor(): string {
  return `pulumi:${pulumi.getProject()}/${pulumi.getStack()}`.slice(0, MAX_AUDIT_TEXT_LENGTH);
}
