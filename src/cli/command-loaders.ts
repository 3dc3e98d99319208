import type { SwapCommand } from "./command";

/** A command's class. */
type CommandClass = typeof SwapCommand &
  (new (
    ...of: ConstructorParameters<typeof SwapCommand>
  ) => SwapCommand);

/** Commands by id, each loaded on use, since a run needs only one. */
export const COMMANDS: Readonly<Record<string, CommandClass>> = {
  get complete() {
    return (require("./commands/complete") as typeof import("./commands/complete")).default;
  },
  get completion() {
    return (require("./commands/completion") as typeof import("./commands/completion")).default;
  },
  get cutover() {
    return (require("./commands/cutover") as typeof import("./commands/cutover")).default;
  },
  get dashboard() {
    return (require("./commands/dashboard") as typeof import("./commands/dashboard")).default;
  },
  get doctor() {
    return (require("./commands/doctor") as typeof import("./commands/doctor")).default;
  },
  get env() {
    return (require("./commands/env") as typeof import("./commands/env")).default;
  },
  get get() {
    return (require("./commands/get") as typeof import("./commands/get")).default;
  },
  get history() {
    return (require("./commands/history") as typeof import("./commands/history")).default;
  },
  get list() {
    return (require("./commands/list") as typeof import("./commands/list")).default;
  },
  get "migrate:cancel"() {
    return (require("./commands/migrate/cancel") as typeof import("./commands/migrate/cancel"))
      .default;
  },
  get "migrate:copy"() {
    return (require("./commands/migrate/copy") as typeof import("./commands/migrate/copy")).default;
  },
  get "migrate:pause"() {
    return (require("./commands/migrate/pause") as typeof import("./commands/migrate/pause"))
      .default;
  },
  get "migrate:repair"() {
    return (require("./commands/migrate/repair") as typeof import("./commands/migrate/repair"))
      .default;
  },
  get "migrate:resume"() {
    return (require("./commands/migrate/resume") as typeof import("./commands/migrate/resume"))
      .default;
  },
  get "migrate:throttle"() {
    return (require("./commands/migrate/throttle") as typeof import("./commands/migrate/throttle"))
      .default;
  },
  get "migrate:verify"() {
    return (require("./commands/migrate/verify") as typeof import("./commands/migrate/verify"))
      .default;
  },
  get report() {
    return (require("./commands/report") as typeof import("./commands/report")).default;
  },
  get resolve() {
    return (require("./commands/resolve") as typeof import("./commands/resolve")).default;
  },
  get rollback() {
    return (require("./commands/rollback") as typeof import("./commands/rollback")).default;
  },
  get status() {
    return (require("./commands/status") as typeof import("./commands/status")).default;
  },
  get verify() {
    return (require("./commands/verify") as typeof import("./commands/verify")).default;
  },
  get versions() {
    return (require("./commands/versions") as typeof import("./commands/versions")).default;
  },
  get wait() {
    return (require("./commands/wait") as typeof import("./commands/wait")).default;
  },
  get watch() {
    return (require("./commands/watch") as typeof import("./commands/watch")).default;
  },
};
