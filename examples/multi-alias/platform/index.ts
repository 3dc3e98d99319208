import { ControlTable } from "pulumi-swap";

/** One small table for the pointers of every data set: one row an alias. */
const control = new ControlTable("shop", { name: "shop_swap" });

export const controlTable = { name: control.name, arn: control.arn };
