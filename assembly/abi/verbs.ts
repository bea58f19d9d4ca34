// What every verb shares: what it returns, why it failed, and the order of events within an instant.

// --- What a verb returns -------------------------------------------------------------------------------------------
export const DONE: i32 = 0; // nothing is left to happen
export const REACHED: i32 = 1; // the time asked for is reached
export const NEED_INPUT: i32 = 2; // the input chunk is used up and more was promised
export const NEED_DRAIN: i32 = 3; // the result rows or the log must be read out first
export const AGAIN: i32 = 4; // a slice is done; call again with the same time

// --- Why a verb failed (control slot FAIL_CODE, set before the trap) --------------------------------------------------
export const FAIL_LIVE_JOBS: i32 = 1; // claims: more jobs queued or running than the table holds
export const FAIL_PARTS: i32 = 2; // parts: placements of running jobs exceed the table
export const FAIL_SHAPES: i32 = 3; // shapes: more distinct requests than the table holds
export const FAIL_INFEASIBLE: i32 = 4; // a job that no pool could hold, even empty
export const FAIL_FACT: i32 = 5; // a fact record outside every table
export const FAIL_MEMORY: i32 = 6; // linear memory cannot grow any further
export const FAIL_INPUT: i32 = 7; // input is not sorted by time
export const FAIL_PASSES: i32 = 8; // passes at one instant do not settle: a policy starts and preempts for ever
export const FAIL_INVARIANT: i32 = 9; // a broken invariant: our bug
export const FAIL_STATION: i32 = 10; // the station's queue is full
export const FAIL_HISTORY: i32 = 11; // tenants x shapes exceed the history table
export const FAIL_ROWS: i32 = 13; // more jobs run at once than the rows of one instant can hold
export const FAIL_POLICY_STEPS: i32 = 14; // a user's policy took more steps than one answer may take
export const FAIL_POLICY_NAN: i32 = 15; // a user's policy answered NaN
export const FAIL_REQUESTS: i32 = 20; // more requests in the system at once than the table holds
export const FAIL_CALLS: i32 = 26; // more requests behind gateways at once than their table holds
export const FAIL_PREFIXES: i32 = 21; // the prefixes of requests in the system need more cells than there are
export const FAIL_ENSEMBLE: i32 = 25; // more requests to ensembles at once, or ended, than their table holds
export const FAIL_SEQUENCE: i32 = 12; // more events scheduled than a sequence number can hold

// --- Control slots ---------------------------------------------------------------------------------------------------
// failure report
export const FAIL_CODE: i32 = 120;
export const FAIL_DETAIL: i32 = 121; // f64
export const ARENA_END: i32 = 122; // f64: bytes in use
export const ARENA_PEAK: i32 = 123; // f64: the most that any run of this instance used

// --- Bounds of the tables of numbers -----------------------------------------------------------------------------------
export const SERVE_STATE_END: i32 = 192; // state of services lies below, and is cleared from REQUEST_COUNT on
export const COLUMN_LIMIT: i32 = 512;

// --- Event classes: their order within an instant ----------------------------------------------------------------------------
export const CLASS_FINISH: i32 = 0; // completions free devices before anybody else looks
export const CLASS_PRICE: i32 = 1;
export const CLASS_ARRIVAL: i32 = 2; // merged from the input, not in the event list
export const CLASS_POLICY: i32 = 3; // the policy's own clock
