// Preloaded into a spawned swap: makes it believe that it runs on an old Node.
Object.defineProperty(process.versions, "node", { value: "20.19.0" });
