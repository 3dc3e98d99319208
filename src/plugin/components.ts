import type { ResourceFactory } from "../component";
import * as component from "../component";
import { pluginResources } from "./resources";

/** A {@link component.ControlTable} whose seeds are resources that the plugin serves. */
export class ControlTable extends component.ControlTable {
  protected override get resourceFactory(): ResourceFactory {
    return pluginResources;
  }
}

/** A {@link component.VersionedTable} whose swap and guards are resources that the plugin serves. */
export class VersionedTable extends component.VersionedTable {
  protected override get resourceFactory(): ResourceFactory {
    return pluginResources;
  }
}
