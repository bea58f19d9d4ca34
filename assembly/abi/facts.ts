// Records of the log: facts, passes and decisions.

// --- Records of the log: 48 bytes {f64 time, f64 x, f64 y, i32 kind, i32 slot, i32 generation, i32 a, i32 b, i32 c} --------
export const RECORD_BYTES: i32 = 48;
// facts. a, b, c, x, y per kind:
export const FACT_SUBMITTED: i32 = 1; // a job, b shape, c priority; x estimate µs (NaN unknown), y deadline µs; followed by FACT_OWNER
export const FACT_OWNER: i32 = 2; // a tenant, b class
export const FACT_STARTED: i32 = 3; // devices are held
export const FACT_RUNNING: i32 = 4; // work has begun
export const FACT_STOPPED: i32 = 5; // a reason (0 preempted, 1 failed); back in the queue
export const FACT_FINISHED: i32 = 6; // a status
export const FACT_PRICE: i32 = 7; // a pool; x USD per GPU-hour
export const FACT_TRANSFERRED: i32 = 8; // a link; x bytes
export const FACT_CAPACITY: i32 = 9; // a pool, b GPUs that it has from now on (counted pools)
export const FACT_PART: i32 = 10; // a node, b tasks, c milli of each device; x device mask: held by a claim that is adopted next
export const FACT_ADOPTED: i32 = 11; // a pool; x since when, µs: it runs, and we did not see its start
export const FACT_ATTAINED: i32 = 12; // a level of its queue; x µs held before, y order of entry into the level (NaN: as it came)
export const FACT_TAKEN: i32 = 13; // a node, b CPU milli, c MiB; x mask of devices: what others hold of it, in all
export const FACT_AS_OF: i32 = 14; // a cluster, b kind of object; x µs: everything known of it is as of then
// passes
export const PASS: i32 = 32; // a reason: 1 facts, 2 the policy's own clock
// decisions
export const DECIDE_START: i32 = 64; // a pool, b parts, c GPU milli
// a node (-1 counted), b tasks, c milli of each device; x device mask as an integer, y first slice of a partitioned device:
export const DECIDE_PART: i32 = 65;
export const DECIDE_PREEMPT: i32 = 66; // a pool
export const DECIDE_MOVE: i32 = 68; // a pool, b parts, c GPU milli; followed by its parts: it leaves where it was for them
export const DECIDE_DROP: i32 = 67; // turned away for good
