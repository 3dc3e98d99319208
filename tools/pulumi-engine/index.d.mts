/** Where the Pulumi engine is, and what it is. */
export interface Engine {
  /** Folder to put first on PATH. */
  binDir: string;
  version: string;
  source: "path" | "release" | "modules";
  /** Language hosts beside it, such as `nodejs`. */
  languages: string[];
}

/** Finds a Pulumi engine, or fetches or builds one into the cache. */
export function ensureEngine(): Promise<Engine>;
