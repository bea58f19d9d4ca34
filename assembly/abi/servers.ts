// What servers of services have beyond iterations: caches of prefixes, memory of the host, drafts; and the stages on CPUs that a
// request passes before and after its replica.

// --- Control slots ---------------------------------------------------------------------------------------------------
// configuration
export const CAP_PREFIX_NODES: i32 = 232; // blocks of prefixes that all replicas may keep; 0 = no cache anywhere
export const CAP_PREFIX_CELLS: i32 = 233; // cells for the prefixes of requests in the system
export const CAP_PREFIX_INPUT: i32 = 234; // blocks of the input chunk
export const CAP_PREFIX_SEEN: i32 = 235; // blocks that the routers remember, a power of two; 0 = none
export const CAP_HANDOFFS: i32 = 236; // requests that may be on their way from prompt to decode at once; 0 = no service parts the two
export const CAP_STAGES: i32 = 237; // of all services; 0 = none has any
export const CAP_PASSAGES: i32 = 238; // requests that may be in stages at once
export const CAP_WEIGHTS: i32 = 239; // sets of weights that requests may need beyond a replica's own; 0 = none
export const CAP_RESIDENT: i32 = 240; // that a replica may hold at once
// state
export const PREFIX_NODE_FREE: i32 = 160; // heads of free lists
export const PREFIX_CELL_FREE: i32 = 161;
export const HANDED_FIRST: i32 = 162; // requests that want a replica to decode them
export const HANDED_LAST: i32 = 163;
export const HANDED_AT: i32 = 164; // f64, µs: since when
export const PASSAGE_FREE: i32 = 165; // head of the free list
export const PASSAGE_LIVE: i32 = 166;

// --- Columns ---------------------------------------------------------------------------------------------------------
export const COL_REQUEST_BLOCK_FIRST: i32 = 320; // by row of the input: where its blocks begin; one more than rows
export const COL_REQUEST_BLOCKS: i32 = 321;
export const COL_PROFILE_PREFIX_SHIFT: i32 = 322; // tokens of a block of a prefix = 1 << shift; 0 = no cache
export const COL_SERVICE_AFFINITY: i32 = 323; // f64: share of a prompt's blocks that must be known for affinity to count
export const COL_SERVICE_LOAD_BOUND: i32 = 324; // f64: requests that affinity may load on a replica, in means
export const COL_SERVER_COUNTS: i32 = 325; // f64, SERVER_COUNT a service
export const COL_PROFILE_FIELDS: i32 = 326; // f64, PROFILE_FIELDS a profile
export const COL_SERVICE_DECODER: i32 = 327; // service whose replicas decode what this one has begun, plus 1; 0 = its own do
export const COL_SERVICE_LINK_MICROS: i32 = 328; // f64: a block of memory on its way there
export const COL_SERVICE_LINK_LATENCY: i32 = 329; // f64, µs
export const COL_STAGE: i32 = 330; // f64, STAGE_FIELDS a stage
export const COL_SERVICE_STAGES: i32 = 331; // SERVICE_STAGE_FIELDS a service
export const COL_WEIGHTS_UNITS: i32 = 332; // by set of weights, from 1 on: units of a replica's room for them
export const COL_WEIGHTS_TICKS: i32 = 333; // f64: to load it
export const COL_REQUEST_WEIGHTS: i32 = 334; // set that a request needs; 0 = none

// --- Stages: what the host says of one, then what it did ---------------------------------------------------------------------
export const STAGE_SERVERS: i32 = 0;
export const STAGE_KIND: i32 = 1; // one of those below
export const STAGE_MICROS: i32 = 2; // mean
export const STAGE_SIGMA: i32 = 3; // of the logarithm
export const STAGE_BUSY: i32 = 4; // servers at work
export const STAGE_SERVED: i32 = 5;
export const STAGE_WAIT_MICROS: i32 = 6; // in the line, all requests together
export const STAGE_WORK_MICROS: i32 = 7; // of all servers
export const STAGE_BY_ITEM: i32 = 8; // 1 = that time is for each picture and sound of a request
export const STAGE_FIELDS: i32 = 10;
export const STAGE_FIXED: i32 = 0;
export const STAGE_EXPONENTIAL: i32 = 1;
export const STAGE_LOGNORMAL: i32 = 2;
// the stages of a service: first and how many
export const BEFORE_FIRST: i32 = 0;
export const BEFORE_COUNT: i32 = 1;
export const AFTER_FIRST: i32 = 2;
export const AFTER_COUNT: i32 = 3;
export const AFTER_FIRST_TOKEN: i32 = 4; // 1 = the client sees nothing of an answer before the last of them
export const SERVICE_STAGE_FIELDS: i32 = 5;

// --- Fields of a profile ------------------------------------------------------------------------------------------------
export const PROFILE_HOST_BLOCKS: i32 = 0; // that fit into the host's memory; 0 = none is moved there
export const PROFILE_SWAP_TICKS: i32 = 1; // a block on its way there or back
export const PROFILE_DRAFT: i32 = 2; // tokens drafted for each request and iteration; 0 = none
export const PROFILE_DRAFT_SHARE: i32 = 3; // time of one drafted token for all, as a share of an iteration's
export const PROFILE_ACCEPTANCE: i32 = 4; // chance that a drafted token is accepted, if all before it were
export const PROFILE_BATCHES: i32 = 5; // 1 = whole batches, one after the other; 0 = a language model, iteration by iteration
export const PROFILE_DELAY: i32 = 6; // µs that a request may wait for others to fill its batch
export const PROFILE_RESIDENT: i32 = 7; // units of weights that fit; 0 = no request needs any
export const PROFILE_ITERATION_TICKS: i32 = 8; // an iteration takes longer where requests need weights beyond its own
export const PROFILE_EACH_TICKS: i32 = 9; // and for each different set
export const PROFILE_FIELDS: i32 = 12;

// --- Counts of a service's servers ---------------------------------------------------------------------------------------
export const CACHE_ASKED: i32 = 0; // tokens of requests as they are admitted
export const CACHE_HIT: i32 = 1; // of these, found
export const CACHE_PAIRS: i32 = 2; // pairs of tokens that were not attended because of that
export const CACHE_ENTERED: i32 = 3; // blocks
export const CACHE_EVICTED: i32 = 4;
export const SWAP_OUT: i32 = 5; // times
export const SWAP_BLOCKS: i32 = 6; // out and in
export const DRAFTED: i32 = 7; // tokens
export const DRAFT_ACCEPTED: i32 = 8;
export const HANDED_OVER: i32 = 9; // requests
export const HANDED_BLOCKS: i32 = 10;
export const HANDED_MICROS: i32 = 11; // from the first token to the arrival where it is decoded
export const WEIGHTS_ASKED: i32 = 12; // requests as they were admitted that needed a set of weights
export const WEIGHTS_HIT: i32 = 13; // of these, that found it
export const WEIGHTS_LOAD_MICROS: i32 = 14;
export const SERVER_COUNT: i32 = 16;
