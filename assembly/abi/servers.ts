// What servers of services have beyond iterations: caches of prefixes, memory of the host, drafts.

// --- Control slots ---------------------------------------------------------------------------------------------------
// configuration
export const CAP_PREFIX_NODES: i32 = 232; // blocks of prefixes that all replicas may keep; 0 = no cache anywhere
export const CAP_PREFIX_CELLS: i32 = 233; // cells for the prefixes of requests in the system
export const CAP_PREFIX_INPUT: i32 = 234; // blocks of the input chunk
export const CAP_PREFIX_SEEN: i32 = 235; // blocks that the routers remember, a power of two; 0 = none
export const CAP_HANDOFFS: i32 = 236; // requests that may be on their way from prompt to decode at once; 0 = no service parts the two
// state
export const PREFIX_NODE_FREE: i32 = 160; // heads of free lists
export const PREFIX_CELL_FREE: i32 = 161;
export const HANDED_FIRST: i32 = 162; // requests that want a replica to decode them
export const HANDED_LAST: i32 = 163;
export const HANDED_AT: i32 = 164; // f64, µs: since when

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

// --- Fields of a profile ------------------------------------------------------------------------------------------------
export const PROFILE_HOST_BLOCKS: i32 = 0; // that fit into the host's memory; 0 = none is moved there
export const PROFILE_SWAP_TICKS: i32 = 1; // a block on its way there or back
export const PROFILE_DRAFT: i32 = 2; // tokens drafted for each request and iteration; 0 = none
export const PROFILE_DRAFT_SHARE: i32 = 3; // time of one drafted token for all, as a share of an iteration's
export const PROFILE_ACCEPTANCE: i32 = 4; // chance that a drafted token is accepted, if all before it were
export const PROFILE_BATCHES: i32 = 5; // 1 = whole batches, one after the other; 0 = a language model, iteration by iteration
export const PROFILE_DELAY: i32 = 6; // µs that a request may wait for others to fill its batch
export const PROFILE_FIELDS: i32 = 8;

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
export const SERVER_COUNT: i32 = 16;
