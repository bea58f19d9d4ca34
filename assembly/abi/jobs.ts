// Jobs, pools and what is measured of them: slots and columns of world, plant and policies.

// --- Control slots ---------------------------------------------------------------------------------------------------
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
export const CAPACITY_OUT: i32 = 116; // f64: GPU-milli that pools have less than at the start

// --- Columns ---------------------------------------------------------------------------------------------------------
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
export const COL_ROW_LOST: i32 = 85; // f64, GPU-µs
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
// what only a live cluster states
export const COL_CLUSTER_AS_OF: i32 = 312; // f64, µs: AS_OF_KINDS a cluster
export const COL_NODE_TAKEN_CPU: i32 = 313; // held by others
export const COL_NODE_TAKEN_MEMORY: i32 = 314;
export const COL_NODE_TAKEN_MASK: i32 = 315; // u64

export const AS_OF_KINDS: i32 = 16; // kinds of objects whose age is kept apart

// --- States of a claim ---------------------------------------------------------------------------------------------------
export const STATE_GONE: i32 = 0;
export const STATE_QUEUED: i32 = 1;
export const STATE_ASSUMED: i32 = 2; // start decided, not yet confirmed
export const STATE_STARTING: i32 = 3; // holds its devices; data, image or weights still on their way
export const STATE_RUNNING: i32 = 4;
export const STATE_DRAINING: i32 = 5; // stop decided, not yet confirmed
