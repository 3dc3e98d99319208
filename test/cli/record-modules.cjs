// Preloaded into a spawned swap: writes which modules it had loaded when it ended.
const { writeFileSync } = require("node:fs");

process.on("exit", () => {
  writeFileSync(process.env.LOADED_MODULES, JSON.stringify(Object.keys(require.cache)));
});
