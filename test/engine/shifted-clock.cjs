// Loaded by NODE_OPTIONS into every process of a run: the clock that handlers and components read is
// ahead by TEST_CLOCK_AHEAD milliseconds. Timers and the dates in requests stay as they are.
const real = Date.now;
const ahead = Number(process.env.TEST_CLOCK_AHEAD ?? 0);
Date.now = () => real() + ahead;
