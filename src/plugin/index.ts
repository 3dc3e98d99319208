/**
 * The components and resources for TypeScript programs that want the plugin's resources instead of
 * dynamic ones, as `pulumi-swap/plugin`. The rest of a program stays as it is.
 */
export { CutoverAlarms } from "../component";
export { ControlTable, VersionedTable } from "./components";
export { ActiveVersion, PointerSeed, VersionGuard } from "./resources";
