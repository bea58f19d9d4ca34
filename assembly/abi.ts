// Every number that both sides of the seam must agree on, and nothing else: scripts/abi.mjs copies the constants of
// this file into src/engine/abi.ts (a test keeps them equal). Only lines `export const NAME: i32 = value;` count.

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
export const FAIL_ENSEMBLE: i32 = 25; // more requests to ensembles at once, or ended, than their table holds
export const FAIL_SEQUENCE: i32 = 12; // more events scheduled than a sequence number can hold

// --- Control block: 8-byte slots --------------------------------------------------------------------------------------
// configuration, written by the host before configure()
export const CAP_CLAIMS: i32 = 0;
export const CAP_PARTS: i32 = 1;
export const CAP_SHAPES: i32 = 2;
export const CAP_POOLS: i32 = 3;
export const CAP_NODES: i32 = 4;
export const CAP_DEVICES: i32 = 5;
export const CAP_INPUT: i32 = 6;
export const CAP_ROWS: i32 = 7;
export const CAP_LOG: i32 = 8;
export const CAP_CLASSES: i32 = 9;
export const CAP_LINKS: i32 = 10;
export const CAP_PRICES: i32 = 11;
export const CAP_TENANTS: i32 = 12;
export const CAP_BINS: i32 = 13;
export const CAP_LINE: i32 = 14; // positions of the waiting line, a power of two
export const CAP_STATION: i32 = 15; // queue places of the station
export const CAP_SERVERS: i32 = 16;
export const SEED: i32 = 17; // f64, integer below 2^53
export const QUEUE_RULE: i32 = 18;
export const PLACE_RULE: i32 = 19;
export const INFORMATION: i32 = 20; // 0 none, 1 estimate, 2 history, 3 oracle
export const RESERVATION_DEPTH: i32 = 21;
export const LAS_LEVELS: i32 = 22; // bounds in use
export const LAS_BOUND_0: i32 = 23; // f64, GPU-milli x µs; eight slots 23..30
export const LOG_ON: i32 = 31;
export const BIN_MICROS: i32 = 32; // f64, first width of a bin
export const CACHE_DROP: i32 = 33; // test hook: every n-th pass drops the derived indexes; 0 = never
export const CAP_SCORED: i32 = 35; // shapes that a row of scores is kept for at once; 0 = no scored placement
export const CAP_TYPICAL: i32 = 36; // requests that fragmentation is measured against; 0 = not measured
export const CAP_MARKS: i32 = 37; // instants that leave a mark of use and fragmentation; 0 = none
export const TYPICAL_COUNT: i32 = 38;
export const TIES: i32 = 39; // among equal scores: 0 the node of lowest rank, 1 any, drawn
export const MOVING: i32 = 222; // 1 = others are moved where the first that waits lacks a place
export const MOVES_LIMIT: i32 = 223; // claims moved for one that waits, at most
export const MOVE_REST: i32 = 224; // f64, µs: nobody moves within so long of its start or latest move
export const LAST_MOVE: i32 = 225; // f64, µs
export const MOVES: i32 = 226; // f64: moves carried out
export const CAP_MIG: i32 = 221; // 1 = some pool has partitioned devices
export const CAP_PAIRS: i32 = 220; // 1 = sharing a device costs speed, by a table of pairs of classes
export const CAP_FACTS: i32 = 34; // records of the facts fed in by a host (replay, live)
export const CAP_CLUSTERS: i32 = 196; // clusters that state facts of their own; 0 = a simulation, where nobody else holds anything
export const CAP_PLAN_ROWS: i32 = 124; // sources and targets of the planner's problem; 0 = none
export const CAP_PLAN_COLS: i32 = 125;
// state
export const INPUT_COUNT: i32 = 40; // rows in the input chunk
export const INPUT_NEXT: i32 = 41;
export const INPUT_DONE: i32 = 42; // 1 = no further chunk comes
export const POOL_COUNT: i32 = 43;
export const NODE_COUNT: i32 = 44;
export const SHAPE_COUNT: i32 = 45;
export const LINK_COUNT: i32 = 46;
export const PRICE_COUNT: i32 = 47;
export const PRICE_NEXT: i32 = 48;
export const NOW: i32 = 49; // f64, µs
export const INSTANT_OPEN: i32 = 50; // 1 = facts of NOW were applied, the pass of NOW has not run
export const PASS_COUNT: i32 = 51; // f64
export const EVENT_COUNT: i32 = 52; // f64: arrivals, timers that fired, passes by the policy's own clock
export const WAKE_AT: i32 = 53; // f64: when the policy wants to be asked again
export const ARRIVAL_SEQUENCE: i32 = 54; // f64
export const ENTRY_SEQUENCE: i32 = 55; // f64: order of entry into a queue level
export const CLAIM_FREE: i32 = 56; // head of the free list
export const CLAIM_LIVE: i32 = 57;
export const PART_FREE: i32 = 58;
export const WAITING: i32 = 59;
export const RUNNING: i32 = 60;
export const LIVE_PEAK: i32 = 61;
export const DIGEST: i32 = 62; // u64
export const DECISION_COUNT: i32 = 63;
export const ROW_COUNT: i32 = 64;
export const LOG_COUNT: i32 = 65;
export const JOURNAL_COUNT: i32 = 66;
export const JOURNAL_LOST: i32 = 67; // 1 = the journal overflowed, indexes must be rebuilt
export const FREE_MILLI: i32 = 68; // f64: free GPU over all pools
export const SURPRISES: i32 = 69; // f64: facts that stated what was already so, or of unknown claims
export const PASS_REASON: i32 = 70;
export const LOG_LOST: i32 = 71;
export const MARK_COUNT: i32 = 73;
export const DROPPED: i32 = 74; // f64: jobs that were turned away
export const NODE_CHANGES: i32 = 75; // f64: changes of nodes so far, of which the ring holds the latest
export const ASKED: i32 = 77; // what a user's policy is being asked: 0 nothing, 1 score, 2 device, 3 order
export const ASKED_OF: i32 = 78; // its subject: a shape; of order, a slot
export const ASKED_NODE: i32 = 79;
export const PLACED: i32 = 76; // f64: starts decided so far; draws of a placement are numbered by it
export const SHARES_SEEN: i32 = 72; // 1 = somebody asked for a share of a device, so free milli no longer add up to devices
// measures
export const FINISHED: i32 = 80; // f64
export const SUM_WAIT: i32 = 81; // f64, µs
export const SUM_JCT: i32 = 82; // f64, µs
export const FIRST_SUBMIT: i32 = 83; // f64
export const LAST_FINISH: i32 = 84; // f64
export const LOST_GPU: i32 = 85; // f64, GPU-milli x µs
export const HELD_GPU: i32 = 86; // f64, GPU-milli x µs
export const BIN_WIDTH: i32 = 87; // f64
export const BIN_LAST: i32 = 88; // f64: series integrated up to here
export const EGRESS_USD: i32 = 89; // f64
export const PREEMPTIONS: i32 = 90; // f64
export const FAILURES: i32 = 91; // f64
export const SUM_RUN: i32 = 92; // f64
export const BIN_NOW: i32 = 93; // bin that the last step fell into
export const BIN_END: i32 = 94; // f64: its end
// station
export const STATION_SERVERS: i32 = 100;
export const STATION_ARRIVAL_KIND: i32 = 101; // distribution kinds below
export const STATION_ARRIVAL_MEAN: i32 = 102; // f64
export const STATION_SERVICE_KIND: i32 = 103;
export const STATION_SERVICE_MEAN: i32 = 104; // f64
export const STATION_SERVICE_SHAPE: i32 = 105; // f64: squared coefficient of variation of a hyperexponential
export const STATION_LIMIT: i32 = 106; // customers in the system at most; 0 = no limit
export const STATION_SHARING: i32 = 107; // 1 = processor sharing (one server)
export const STATION_COUNT: i32 = 108; // f64: customers to serve
export const STATION_WARMUP: i32 = 109; // f64: of which not counted
export const STATION_SERVED: i32 = 110; // f64
export const STATION_BLOCKED: i32 = 111; // f64
export const STATION_ARRIVED: i32 = 112; // f64
export const STATION_SUM_WAIT: i32 = 113; // f64
export const STATION_SUM_SOJOURN: i32 = 114; // f64
export const STATION_EVENTS: i32 = 115; // f64
export const CAPACITY_OUT: i32 = 116; // f64: GPU-milli that pools have less than at the start
// failure report
export const FAIL_CODE: i32 = 120;
export const FAIL_DETAIL: i32 = 121; // f64
export const ARENA_END: i32 = 122; // f64: bytes in use
export const ARENA_PEAK: i32 = 123; // f64: the most that any run of this instance used

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
// ensembles of services: state
export const ENSEMBLE_COUNT: i32 = 184;
export const ENSEMBLE_FREE: i32 = 185; // head of the free list
export const ENSEMBLE_LIVE: i32 = 186;
export const ENSEMBLE_DONE: i32 = 187; // rows kept so far
export const SERVE_STATE_END: i32 = 192;
// ensembles of services: configuration
export const CAP_ENSEMBLES: i32 = 200;
export const CAP_MEMBERS: i32 = 201; // of all ensembles
export const CAP_ENSEMBLE_LIVE: i32 = 202; // requests to ensembles in the system at once
export const CAP_ENSEMBLE_ROWS: i32 = 203; // rows of ended ones that are kept: all, or 0
export const CAP_PREDICTIONS: i32 = 204; // numbers of all prediction matrices
export const CAP_LABELS: i32 = 205;
export const CAP_ENSEMBLE_BINS: i32 = 206;
export const ENSEMBLE_BIN_MICROS: i32 = 207; // f64

// --- Distributions of the station -------------------------------------------------------------------------------------
export const DIST_EXPONENTIAL: i32 = 0;
export const DIST_CONSTANT: i32 = 1;
export const DIST_ERLANG2: i32 = 2;
export const DIST_HYPER2: i32 = 3;

// --- Columns: ids of the directory -------------------------------------------------------------------------------------
export const COL_CLASS_MIGRATION: i32 = 281;
export const COL_POOL_MIG: i32 = 282; // 1 = its devices are partitioned
export const COL_DEVICE_SLOTS: i32 = 283; // slices in use, a bit each
export const COL_PART_START: i32 = 284; // first slice of a share of a partitioned device
export const COL_PAIR_RATE: i32 = 280; // f64: own speed of a class beside another, row by own class
export const COL_CLAIM_STATE: i32 = 0;
export const COL_CLAIM_GENERATION: i32 = 1;
export const COL_CLAIM_JOB: i32 = 2;
export const COL_CLAIM_SHAPE: i32 = 3;
export const COL_CLAIM_TENANT: i32 = 4;
export const COL_CLAIM_PRIORITY: i32 = 5;
export const COL_CLAIM_CLASS: i32 = 6;
export const COL_CLAIM_SEQUENCE: i32 = 7;
export const COL_CLAIM_SUBMIT: i32 = 8;
export const COL_CLAIM_ESTIMATE: i32 = 9;
export const COL_CLAIM_DEADLINE: i32 = 10;
export const COL_CLAIM_GPU_MILLI: i32 = 11;
export const COL_CLAIM_START: i32 = 12;
export const COL_CLAIM_HELD: i32 = 13;
export const COL_CLAIM_FIRST_PART: i32 = 14;
export const COL_CLAIM_POOL: i32 = 15;
export const COL_CLAIM_LEVEL: i32 = 16;
export const COL_CLAIM_ENTRY: i32 = 17;
export const COL_CLAIM_NEXT_FREE: i32 = 18;
export const COL_CLAIM_PREV_FREE: i32 = 19;
export const COL_PART_NODE: i32 = 20;
export const COL_PART_MASK: i32 = 21;
export const COL_PART_MILLI: i32 = 22;
export const COL_PART_TASKS: i32 = 23;
export const COL_PART_NEXT: i32 = 24;
export const COL_SHAPE_TASKS: i32 = 25;
export const COL_SHAPE_GPU_MILLI: i32 = 26;
export const COL_SHAPE_CPU_MILLI: i32 = 27;
export const COL_SHAPE_MEMORY_MIB: i32 = 28;
export const COL_SHAPE_MODEL_MASK: i32 = 29;
export const COL_POOL_FIRST_NODE: i32 = 30;
export const COL_POOL_NODE_COUNT: i32 = 31;
export const COL_POOL_COUNTED: i32 = 32;
export const COL_POOL_MODEL_BIT: i32 = 33;
export const COL_POOL_CLOUD: i32 = 34;
export const COL_POOL_GPU_COUNT: i32 = 35;
export const COL_POOL_FREE_MILLI: i32 = 36;
export const COL_POOL_PRICE: i32 = 37;
export const COL_POOL_COST_CAPACITY: i32 = 38;
export const COL_POOL_COST_ALLOCATED: i32 = 39;
export const COL_POOL_COST_AT: i32 = 40;
export const COL_NODE_POOL: i32 = 41;
export const COL_NODE_GPU_COUNT: i32 = 42;
export const COL_NODE_CPU_TOTAL: i32 = 43;
export const COL_NODE_MEMORY_TOTAL: i32 = 44;
export const COL_NODE_RACK: i32 = 45;
export const COL_NODE_FIRST_DEVICE: i32 = 46;
export const COL_NODE_GPU_FREE: i32 = 47;
export const COL_NODE_CPU_FREE: i32 = 48;
export const COL_NODE_MEMORY_FREE: i32 = 49;
export const COL_NODE_FREE_MASK: i32 = 50;
export const COL_NODE_FREE_MILLI: i32 = 51;
export const COL_DEVICE_FREE: i32 = 52;
export const COL_CLASS_STARTUP: i32 = 53;
export const COL_CLASS_RESTART: i32 = 54;
export const COL_CLASS_CHECKPOINT: i32 = 55;
export const COL_CLASS_SLOW_RACK: i32 = 56;
export const COL_CLASS_SLOW_ACROSS: i32 = 57;
export const COL_CLASS_FAIL_RATE: i32 = 58;
export const COL_CLASS_INPUT_GIB: i32 = 59;
export const COL_CLASS_INPUT_CLOUD: i32 = 60;
export const COL_LINK_FROM: i32 = 61;
export const COL_LINK_TO: i32 = 62;
export const COL_LINK_BYTES_PER_MICRO: i32 = 63;
export const COL_LINK_LATENCY: i32 = 64;
export const COL_LINK_USD_PER_GB: i32 = 65;
export const COL_LINK_BUSY_UNTIL: i32 = 66;
export const COL_PRICE_AT: i32 = 67;
export const COL_PRICE_POOL: i32 = 68;
export const COL_PRICE_USD: i32 = 69;
export const COL_INPUT_SUBMIT: i32 = 70;
export const COL_INPUT_RUN: i32 = 71;
export const COL_INPUT_ESTIMATE: i32 = 72;
export const COL_INPUT_DEADLINE: i32 = 73;
export const COL_INPUT_SHAPE: i32 = 74;
export const COL_INPUT_TENANT: i32 = 75;
export const COL_INPUT_PRIORITY: i32 = 76;
export const COL_INPUT_CLASS: i32 = 77;
export const COL_INPUT_STATUS: i32 = 78;
export const COL_INPUT_JOB: i32 = 79;
export const COL_ROW_JOB: i32 = 80;
export const COL_ROW_SUBMIT: i32 = 81;
export const COL_ROW_FIRST_START: i32 = 82;
export const COL_ROW_FINISH: i32 = 83;
export const COL_ROW_HELD: i32 = 84;
export const COL_ROW_LOST: i32 = 85;
export const COL_ROW_GPU_MILLI: i32 = 86;
export const COL_ROW_RESTARTS: i32 = 87;
export const COL_ROW_STATUS: i32 = 88;
export const COL_ROW_TENANT: i32 = 89;
export const COL_LOG: i32 = 90;
export const COL_BIN_GPU: i32 = 91;
export const COL_BIN_WAITING: i32 = 92;
export const COL_DECISION_KIND: i32 = 93;
export const COL_DECISION_SLOT: i32 = 94;
export const COL_HISTORY_MEAN: i32 = 95;
export const COL_HISTORY_COUNT: i32 = 96;
export const COL_CLAIM_QUEUED: i32 = 97;
export const COL_FACTS: i32 = 98;
export const COL_ROW_POOL: i32 = 99;
export const COL_PLANT_FIRST: i32 = 100; // 100..119: the plant's own tables, never read by a policy
export const COL_DERIVED_FIRST: i32 = 120; // 120..159: indexes and scratch, never part of a digest
export const COL_BIN_STRANDED: i32 = 160;
export const COL_NODE_RANK: i32 = 161;
export const COL_TYPICAL_CPU: i32 = 162;
export const COL_TYPICAL_MILLI: i32 = 163; // of each device
export const COL_TYPICAL_DEVICES: i32 = 164;
export const COL_TYPICAL_MASK: i32 = 165;
export const COL_TYPICAL_WEIGHT: i32 = 166;
export const COL_MARK_USED: i32 = 167;
export const COL_MARK_FRAGMENT: i32 = 168;
export const COL_MARK_CLASSES: i32 = 169; // seven a mark: Q1 Q2 Q3 Q4 XL XR NA
// work areas of the solvers, named by the module of tools (assembly/tools.ts)
export const COL_SOLVE_COSTS: i32 = 176; // transport: costs by source and target; flow: cost by arc
export const COL_SOLVE_ROOT_COSTS: i32 = 177; // by node: price of a unit kept or lacking
export const COL_SOLVE_NET: i32 = 178; // by node: what it sends (> 0) or takes (< 0)
export const COL_SOLVE_NODES: i32 = 179; // records of the basis
export const COL_SOLVE_POTENTIALS: i32 = 180;
export const COL_SOLVE_FROM: i32 = 181; // by arc
export const COL_SOLVE_TO: i32 = 182;
export const COL_SOLVE_CAPS: i32 = 183;
export const COL_SOLVE_STATES: i32 = 184;
export const COL_SOLVE_INPUT: i32 = 185; // numbers of the other solvers, in and out
export const COL_SOLVE_OUTPUT: i32 = 186;
export const COL_SOLVE_LOWS: i32 = 187;
export const COL_SOLVE_HIGHS: i32 = 188;
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
// ensembles of services
export const COL_ENSEMBLE: i32 = 300; // f64, ENSEMBLE_FIELDS each
export const COL_MEMBER: i32 = 301; // f64, MEMBER_FIELDS each
export const COL_PREDICTIONS: i32 = 302; // f32: matrices of samples x classes
export const COL_LABELS: i32 = 303;
export const COL_ENSEMBLE_COUNTS: i32 = 304; // f64, TALLY_COUNT each
export const COL_ENSEMBLE_SKETCH: i32 = 305; // f64 counts of latencies, SKETCH_BUCKETS each
export const COL_ENSEMBLE_BINS: i32 = 306; // f64, by ensemble, series, bin
export const COL_ENSEMBLE_ROWS: i32 = 307; // f64, ENDED_FIELDS each
// what only a live cluster states
export const COL_CLUSTER_AS_OF: i32 = 312; // f64, µs: AS_OF_KINDS a cluster
export const COL_NODE_TAKEN_CPU: i32 = 313; // held by others
export const COL_NODE_TAKEN_MEMORY: i32 = 314;
export const COL_NODE_TAKEN_MASK: i32 = 315; // u64
export const COLUMN_LIMIT: i32 = 320;

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

// --- Ensembles of services -----------------------------------------------------------------------------------------------
export const MEMBERS_MAX: i32 = 16;
// fields of an ensemble
export const ENSEMBLE_FIRST: i32 = 0; // its first member
export const ENSEMBLE_MEMBERS: i32 = 1;
export const ENSEMBLE_METHOD: i32 = 2; // FUSE_...
export const ENSEMBLE_QUORUM: i32 = 3; // answers of a stage that are enough; 0 = all that are awaited
export const ENSEMBLE_GRACE: i32 = 4; // µs that it waits for further ones then
export const ENSEMBLE_DEADLINE: i32 = 5; // µs after which it answers with what there is
export const ENSEMBLE_STAGES: i32 = 6;
export const ENSEMBLE_SURE: i32 = 7; // greatest fused number at which no further stage is asked
export const ENSEMBLE_CLASSES: i32 = 8;
export const ENSEMBLE_LABELS: i32 = 9; // where its samples' true classes begin
export const ENSEMBLE_ADAPT: i32 = 10; // rate of the weights' learning; 0 = they stay
export const ENSEMBLE_FORGET: i32 = 11; // share of the weight that is dealt out evenly at each lesson
export const ENSEMBLE_FEEDBACK: i32 = 12; // share of requests whose true class is told
export const ENSEMBLE_FIELDS: i32 = 16;
export const FUSE_AVERAGE: i32 = 0;
export const FUSE_VOTE: i32 = 1;
export const FUSE_LOG_POOL: i32 = 2;
// fields of a member
export const MEMBER_SERVICE: i32 = 0;
export const MEMBER_STAGE: i32 = 1;
export const MEMBER_GO: i32 = 2; // µs of the way there
export const MEMBER_BACK: i32 = 3;
export const MEMBER_MATRIX: i32 = 4; // where its predictions begin
export const MEMBER_REACHED: i32 = 5; // 1: messages get through
export const MEMBER_TRUSTED: i32 = 6; // 1: the router asks it
export const MEMBER_WEIGHT: i32 = 7;
export const MEMBER_ASKED: i32 = 8;
export const MEMBER_IN_TIME: i32 = 9; // answers that were fused
export const MEMBER_LATE: i32 = 10;
export const MEMBER_LOST: i32 = 11; // messages that did not get through
export const MEMBER_REFUSED: i32 = 12; // no replica took it
export const MEMBER_FIELDS: i32 = 16;
// counts of an ensemble
export const TALLY_ASKED: i32 = 0;
export const TALLY_ANSWERED: i32 = 1;
export const TALLY_RIGHT: i32 = 2;
export const TALLY_MEMBERS: i32 = 3; // sum of the members that were fused
export const TALLY_LATENCY: i32 = 4; // sum, µs
export const TALLY_DEADLINE: i32 = 5; // ended by the deadline
export const TALLY_STAGES: i32 = 6; // sum of the stages asked
export const TALLY_BY_MEMBERS: i32 = 8; // answered with 0 .. 16 members
export const TALLY_RIGHT_BY_MEMBERS: i32 = 25;
export const TALLY_COUNT: i32 = 48;
export const SPAN_ASKED: i32 = 0; // series over time, by the moment of asking
export const SPAN_ANSWERED: i32 = 1;
export const SPAN_RIGHT: i32 = 2;
export const SPAN_MEMBERS: i32 = 3;
export const SPAN_LATENCY: i32 = 4;
export const SPAN_COUNT: i32 = 5;
// fields of a request that ended
export const ENDED_ID: i32 = 0;
export const ENDED_AT: i32 = 1;
export const ENDED_FINISH: i32 = 2;
export const ENDED_SAMPLE: i32 = 3;
export const ENDED_MEMBERS: i32 = 4; // bits
export const ENDED_CLASS: i32 = 5; // -1: nobody answered
export const ENDED_ENSEMBLE: i32 = 6;
export const ENDED_STAGE: i32 = 7;
export const ENDED_FIELDS: i32 = 8;

// --- Verdicts of the solvers ----------------------------------------------------------------------------------------------
export const SOLVE_AGAIN: i32 = 0; // a slice is done; call again
export const SOLVE_OPTIMAL: i32 = 1;
export const SOLVE_INFEASIBLE: i32 = 2;
export const SOLVE_UNBOUNDED: i32 = 3;
export const SOLVE_LIMIT: i32 = 4; // as many pivots as were allowed
export const NODE_FLOW: i32 = 0; // offsets in a record of the basis, bytes
export const NODE_PARENT: i32 = 8;
export const NODE_ARC: i32 = 24;
export const NODE_UP: i32 = 28;

export const AS_OF_KINDS: i32 = 16; // kinds of objects whose age is kept apart

// --- States of a claim ---------------------------------------------------------------------------------------------------
export const STATE_GONE: i32 = 0;
export const STATE_QUEUED: i32 = 1;
export const STATE_ASSUMED: i32 = 2; // start decided, not yet confirmed
export const STATE_STARTING: i32 = 3; // holds its devices; data, image or weights still on their way
export const STATE_RUNNING: i32 = 4;
export const STATE_DRAINING: i32 = 5; // stop decided, not yet confirmed

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

// --- Event classes: their order within an instant ----------------------------------------------------------------------------
export const CLASS_FINISH: i32 = 0; // completions free devices before anybody else looks
export const CLASS_PRICE: i32 = 1;
export const CLASS_ARRIVAL: i32 = 2; // merged from the input, not in the event list
export const CLASS_POLICY: i32 = 3; // the policy's own clock
