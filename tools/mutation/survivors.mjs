import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";

/** Prints each mutant that no test failed for as it is found: a whole run takes more than an hour. */
class Survivors {
  onMutationTestReportReady() {}

  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (!["Survived", "NoCoverage"].includes(status)) return;
    const place = `${fileName.replace(`${process.cwd()}/`, "")}:${location.start.line}:${location.start.column}`;
    console.log(`${status} ${place} ${mutatorName} -> ${JSON.stringify(replacement)}`);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, "survivors", Survivors)];
