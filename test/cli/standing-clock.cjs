// Preloaded into a spawned swap: its clock stands still at STANDING_CLOCK, in unix milliseconds.
const now = Number(process.env.STANDING_CLOCK);
const construct = (date, args, made) =>
  Reflect.construct(date, args.length === 0 ? [now] : args, made);
Date.now = () => now;
globalThis.Date = new Proxy(Date, { construct });
