// Inference services, their replicas and requests. Free for servers of services: control slots 160..171 and 232..255, columns
// 320..415; for what stands before them (the gateway): control slots 172..183 and 208..219, columns 416..511.

// --- Control slots ---------------------------------------------------------------------------------------------------
// inference services: configuration
export const CAP_SERVICES: i32 = 128;
export const CAP_REPLICAS: i32 = 129;
export const CAP_REQUESTS: i32 = 130; // in the system at once
export const CAP_REQUEST_INPUT: i32 = 131;
export const CAP_REQUEST_ROWS: i32 = 132; // 0 = no rows are kept
export const CAP_PROFILES: i32 = 133;
export const CAP_TABLE: i32 = 134;
export const CAP_BATCH: i32 = 135; // largest batch of any profile
export const CAP_SERVE_CLASSES: i32 = 136;
export const CAP_SERVE_BINS: i32 = 137;
export const SERVE_STEPPED: i32 = 138; // 1 = every iteration is an event of its own: slow, and the same to the last bit
export const SERVE_BIN_MICROS: i32 = 139; // f64, first width of a bin
// inference services: state
export const REQUEST_COUNT: i32 = 144; // rows in the input chunk
export const REQUEST_NEXT: i32 = 145;
export const REQUEST_MORE: i32 = 146; // 1 = further chunks come
export const SERVICE_COUNT: i32 = 147;
export const REQUEST_FREE: i32 = 148; // head of the free list
export const REQUEST_LIVE: i32 = 149;
export const REQUEST_PEAK: i32 = 150;
export const REQUEST_ROWS: i32 = 151;
export const REQUEST_ID: i32 = 152; // f64: requests so far
export const SERVE_EVENTS: i32 = 153; // f64
export const SERVE_ITERATIONS: i32 = 154; // f64
export const SERVE_DIGEST: i32 = 155; // u64: a sum over requests, so that their order within an instant is not in it
export const SERVE_BIN_WIDTH: i32 = 156; // f64
export const SERVE_BIN_NOW: i32 = 157;
export const SERVE_BIN_END: i32 = 158; // f64
export const SERVE_AT: i32 = 159; // f64: time of the last event of a service, µs

// --- Columns ---------------------------------------------------------------------------------------------------------
// inference services: what a router sees
export const COL_SERVICE_FIRST: i32 = 210; // first place of its replicas
export const COL_SERVICE_PLACES: i32 = 211; // places that it may have at most
export const COL_SERVICE_READY: i32 = 212; // replicas that take requests
export const COL_SERVICE_ROUTE: i32 = 213; // rule
export const COL_SERVICE_CURSOR: i32 = 214; // of round robin
export const COL_SERVICE_PROFILE: i32 = 215;
export const COL_SERVICE_OUTSTANDING: i32 = 216;
export const COL_SERVICE_LOAD_MICROS: i32 = 217; // f64: requests present x µs
export const COL_SERVICE_LOAD_AT: i32 = 218; // f64: up to here
export const COL_SERVICE_TOKENS: i32 = 229; // prompt tokens of requests present
export const COL_REPLICA_STATE: i32 = 219;
export const COL_REPLICA_OUTSTANDING: i32 = 220;
export const COL_REPLICA_TOKENS: i32 = 221; // prompt tokens of requests present
export const COL_REPLICA_WEIGHT: i32 = 222;
export const COL_REPLICA_CLOUD: i32 = 223;
export const COL_REPLICA_RUNNING: i32 = 224; // as of the last gauge
export const COL_REPLICA_WAITING: i32 = 225;
export const COL_REPLICA_BLOCKS: i32 = 226;
export const COL_REPLICA_BUSY: i32 = 227; // f64, µs spent in iterations
export const COL_REPLICA_CLAIM: i32 = 228;
// profiles: how long an iteration takes, and what fits
export const COL_PROFILE_FIRST: i32 = 230; // first entry of its table
export const COL_PROFILE_TOKENS: i32 = 231; // token budget of an iteration = last entry of its table
export const COL_PROFILE_BATCH: i32 = 232;
export const COL_PROFILE_BLOCKS: i32 = 233;
export const COL_PROFILE_WATERMARK: i32 = 234;
export const COL_PROFILE_BLOCK_SHIFT: i32 = 235; // tokens a block = 1 << shift
export const COL_PROFILE_CONTEXT: i32 = 236; // u64, ticks a token of context read by a decode
export const COL_PROFILE_PAIRS: i32 = 237; // u64, ticks a pair of tokens attended in a prefill, x 2^8
export const COL_TABLE: i32 = 238; // u64, ticks by tokens in the iteration
// input of requests
export const COL_REQUEST_AT: i32 = 240;
export const COL_REQUEST_PROMPT: i32 = 241;
export const COL_REQUEST_OUTPUT: i32 = 242;
export const COL_REQUEST_SERVICE: i32 = 243;
export const COL_REQUEST_CLASS: i32 = 244;
export const COL_REQUEST_SESSION: i32 = 245;
export const COL_REQUEST_ORIGIN: i32 = 246;
// service classes and measures
export const COL_CLASS_TTFT: i32 = 250; // f64, µs: bounds of a class
export const COL_CLASS_TPOT: i32 = 251;
export const COL_CLASS_E2E: i32 = 252;
export const COL_CLASS_PRIORITY: i32 = 253;
export const COL_SKETCHES: i32 = 254; // f64 counts, SKETCH_BUCKETS each: (class x 4 measures), then ITL by service
export const COL_OUTCOMES: i32 = 255; // f64, OUTCOME_COUNT a class
export const COL_SERVE_BINS: i32 = 256; // f64, by service, series, bin
export const COL_DONE_ID: i32 = 260; // rows of requests that ended
export const COL_DONE_AT: i32 = 261;
export const COL_DONE_SCHEDULED: i32 = 262;
export const COL_DONE_FIRST: i32 = 263;
export const COL_DONE_FINISH: i32 = 264;
export const COL_DONE_PROMPT: i32 = 265;
export const COL_DONE_OUTPUT: i32 = 266;
export const COL_DONE_REPLICA: i32 = 267;
export const COL_DONE_STATUS: i32 = 268;
export const COL_DONE_CLASS: i32 = 269;
export const COL_DONE_PREEMPTED: i32 = 270;
export const COL_DONE_SERVICE: i32 = 271;

// --- Inference services ---------------------------------------------------------------------------------------------------
export const TICK_SHIFT: i32 = 18; // the clock of a replica counts 2^-18 µs, so that long sums of iterations are exact
export const PAIR_SHIFT: i32 = 8;
export const REPLICA_ABSENT: i32 = 0;
export const REPLICA_STARTING: i32 = 1;
export const REPLICA_READY: i32 = 2;
export const REPLICA_DRAINING: i32 = 3;
export const ROUTE_ROUND_ROBIN: i32 = 0;
export const ROUTE_RANDOM: i32 = 1;
export const ROUTE_LEAST_REQUESTS: i32 = 2;
export const ROUTE_LEAST_TOKENS: i32 = 3;
export const ROUTE_TWO_CHOICES: i32 = 4;
export const ROUTE_WEIGHTED: i32 = 5;
export const ROUTE_SESSION: i32 = 6;
export const ROUTE_NEAREST: i32 = 7;
export const ROUTE_PREFIX: i32 = 8;
export const ROUTE_RESIDENT: i32 = 9;
export const REQUEST_DONE: i32 = 0;
export const REQUEST_TOO_LONG: i32 = 1; // prompt and answer exceed a replica's memory for keys and values
export const REQUEST_REFUSED: i32 = 2; // no replica takes requests
export const SKETCH_BUCKETS: i32 = 5120; // 40 octaves of 128
export const SKETCH_TTFT: i32 = 0;
export const SKETCH_TPOT: i32 = 1;
export const SKETCH_E2E: i32 = 2;
export const SKETCH_WAIT: i32 = 3;
export const SKETCHES_A_CLASS: i32 = 4;
export const OUTCOME_ARRIVED: i32 = 0;
export const OUTCOME_DONE: i32 = 1;
export const OUTCOME_MET: i32 = 2; // within every bound of its class
export const OUTCOME_TOO_LONG: i32 = 3;
export const OUTCOME_REFUSED: i32 = 4;
export const OUTCOME_PREEMPTED: i32 = 5; // times, not requests
export const OUTCOME_PROMPT_TOKENS: i32 = 6;
export const OUTCOME_OUTPUT_TOKENS: i32 = 7;
export const OUTCOME_SUM_TTFT: i32 = 8; // µs
export const OUTCOME_SUM_TPOT: i32 = 9;
export const OUTCOME_SUM_E2E: i32 = 10;
export const OUTCOME_SUM_WAIT: i32 = 11;
export const OUTCOME_MET_TTFT: i32 = 12;
export const OUTCOME_MET_TPOT: i32 = 13;
export const OUTCOME_MET_E2E: i32 = 14;
export const OUTCOME_COUNT: i32 = 16;
export const SERIES_ARRIVED: i32 = 0;
export const SERIES_DONE: i32 = 1;
export const SERIES_MET: i32 = 2;
export const SERIES_TOKENS: i32 = 3;
export const SERIES_LOST: i32 = 4;
export const SERIES_TTFT: i32 = 5; // sum, µs, over requests that ended
export const SERIES_COUNT: i32 = 6;
