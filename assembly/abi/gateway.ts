// What stands before the replicas of a service: admission, holding, time limits, retries, hedges, ejection, fall-back, and a
// cache of results. Control slots 172..183 (cleared at a start) and 208..219 (not), columns 416..511.

// --- Control slots ---------------------------------------------------------------------------------------------------
export const CAP_CALLS: i32 = 208; // requests behind gateways at once; 0 = no service has one
export const CAP_CACHE: i32 = 209; // entries of all caches
export const CAP_SERVE_TENANTS: i32 = 210; // numbered from 1 on, over all services
export const CAP_ORIGINS: i32 = 211; // where requests come from, over all services; 0 = no service stands in several places
export const CALL_FREE: i32 = 174; // head of the free list
export const CALL_LIVE: i32 = 175;
export const CALL_HELD: i32 = 176; // that wait for a replica
export const CALL_HELD_LAST: i32 = 177; // f64: how many have begun to wait so far

// --- Columns ---------------------------------------------------------------------------------------------------------
export const COL_GATEWAY: i32 = 416; // f64, GATEWAY_FIELDS a service
export const COL_CLASS_DEADLINE: i32 = 417; // f64, µs from arrival
export const COL_CLASS_ADMIT: i32 = 418; // f64, share of a service's limit that a class may use
export const COL_GATEWAY_COUNTS: i32 = 419; // f64, GATEWAY_COUNT a class
export const COL_REQUEST_CONTENT: i32 = 420; // requests with one content have one answer; 0 = of its own
export const COL_REQUEST_TENANT: i32 = 421; // who asks, from 1 on; 0 = nobody in particular
export const COL_TENANT_COUNTS: i32 = 422; // f64, TENANT_COUNT a tenant, and before the first for nobody
export const COL_CLASS_WEIGHT: i32 = 423; // f64: whoever weighs less is turned away first where no more may wait
export const COL_REQUEST_ITEMS: i32 = 430; // pictures and sounds
export const COL_PLACE: i32 = 424; // f64, PLACE_FIELDS a service
export const COL_PREDICTED: i32 = 425; // f64, PREDICT_POINTS a service: µs to the answer, by requests for each replica
export const COL_ORIGIN_WAY: i32 = 426; // f64, µs one way, by origin and service
export const COL_ORIGIN_ALLOWED: i32 = 427; // by origin and service: 1 = its requests may be served there
export const COL_ORIGIN_PLACE: i32 = 428; // by origin and service in front: place that it went to last, + 1
export const COL_PLACE_COUNTS: i32 = 429; // f64, PLACE_COUNT by origin and service

// --- Gateways ----------------------------------------------------------------------------------------------------------
export const REPLICA_EJECTED: i32 = 4; // there, and left out by the router for its failures
export const REQUEST_SHED: i32 = 3; // turned away: too many in the service for its class
export const REQUEST_EXPIRED: i32 = 4; // time was up
export const REQUEST_FAILED: i32 = 5; // its replica crashed, or was not there any more
export const REQUEST_CANCELLED: i32 = 6; // an attempt that nobody waits for
// what the host says of a gateway
export const GATEWAY_ON: i32 = 0;
export const GATEWAY_LIMIT: i32 = 1; // requests a ready replica, in the service at once; Infinity = any number
export const GATEWAY_HOLD_MAX: i32 = 2; // requests that wait at the gateway
export const GATEWAY_HOLD: i32 = 3; // µs at most
export const GATEWAY_TIMEOUT: i32 = 4; // µs of an attempt; Infinity = none
export const GATEWAY_RETRIES: i32 = 5;
export const GATEWAY_BACKOFF: i32 = 6; // µs before the first retry, twice as long before each further one
export const GATEWAY_BUDGET: i32 = 7; // retries and hedges a request; Infinity = no budget
export const GATEWAY_BUDGET_RATE: i32 = 8; // and a µs
export const GATEWAY_BUDGET_MAX: i32 = 9; // kept at most
export const GATEWAY_HEDGE: i32 = 10; // µs after which a second attempt begins; Infinity = never
export const GATEWAY_CANCELS: i32 = 11; // 1 = a replica is told of attempts that nobody waits for
export const GATEWAY_EJECT_AFTER: i32 = 12; // failures in a row; 0 = never
export const GATEWAY_EJECT: i32 = 13; // µs, times how often before
export const GATEWAY_EJECT_SHARE: i32 = 14; // of replicas at most, and one always
export const GATEWAY_FALLBACK: i32 = 15; // service that is asked next; -1 = none
export const GATEWAY_CACHE_FIRST: i32 = 16; // first entry of its cache
export const GATEWAY_CACHE_SIZE: i32 = 17;
export const GATEWAY_CACHE_TTL: i32 = 18; // µs
export const GATEWAY_CACHE_MICROS: i32 = 19; // an answer from the cache takes
export const GATEWAY_WAY: i32 = 27; // µs from the gateway to the replicas, and back
// its state
export const GATEWAY_TOKENS: i32 = 20; // of the budget
export const GATEWAY_TOKENS_AT: i32 = 21;
export const GATEWAY_HELD: i32 = 22;
export const GATEWAY_EJECTED: i32 = 23;
export const GATEWAY_CACHED: i32 = 24; // entries in use
export const GATEWAY_CACHE_OLD: i32 = 25; // used longest ago, and last; -1 = none
export const GATEWAY_CACHE_NEW: i32 = 26;
export const GATEWAY_TOKEN_LIMIT: i32 = 28; // tokens a ready replica, in the service at once; Infinity = any number
export const GATEWAY_ANSWER_TOKENS: i32 = 29; // that a request counts for besides its prompt
export const GATEWAY_FIELDS: i32 = 32;
// what is counted, by class
export const GATEWAY_SHED: i32 = 0;
export const GATEWAY_EXPIRED: i32 = 1;
export const GATEWAY_FAILED: i32 = 2;
export const GATEWAY_ATTEMPTS: i32 = 3;
export const GATEWAY_RETRIED: i32 = 4;
export const GATEWAY_DENIED: i32 = 5; // retries and hedges that the budget did not allow
export const GATEWAY_HEDGED: i32 = 6;
export const GATEWAY_HEDGE_WON: i32 = 7;
export const GATEWAY_FELL_BACK: i32 = 8; // steps to the next service
export const GATEWAY_HELD_COUNT: i32 = 9;
export const GATEWAY_CACHE_HITS: i32 = 10;
export const GATEWAY_CACHE_ASKED: i32 = 11; // requests with a content
export const GATEWAY_CACHE_TOKENS: i32 = 12; // prompts and answers that were not computed
export const GATEWAY_WASTED_TOKENS: i32 = 13; // computed for nobody
export const GATEWAY_EJECTIONS: i32 = 14;
export const GATEWAY_DISPLACED: i32 = 15; // turned away while they waited, for others that weigh more
export const GATEWAY_COUNT: i32 = 16;
// what is counted by tenant
export const TENANT_ARRIVED: i32 = 0;
export const TENANT_DONE: i32 = 1;
export const TENANT_MET: i32 = 2;
export const TENANT_TOKENS: i32 = 3; // of prompts and answers that were served
export const TENANT_COUNT: i32 = 4;

// --- Places of a service -------------------------------------------------------------------------------------------------
// of a place
export const PLACE_FRONT: i32 = 0; // service in front of it, + 1; 0 = it is no place
export const PLACE_WEIGHT: i32 = 1;
export const PLACE_USD: i32 = 2; // a request
export const PLACE_SLOTS: i32 = 3; // requests that a replica batches at once
export const PLACE_STEP: i32 = 4; // requests for each replica from one predicted time to the next
// of a service in front
export const FRONT_FIRST: i32 = 5; // its places are services one after the other
export const FRONT_COUNT: i32 = 6; // 64 at most; 0 = it stands in front of none
export const FRONT_RULE: i32 = 7;
export const FRONT_LAMBDA: i32 = 8; // USD a µs
export const FRONT_TARGET: i32 = 9; // µs
export const FRONT_HYSTERESIS: i32 = 10; // share by which another place must be better
export const FRONT_MOVE: i32 = 11; // USD a request, that another place must be cheaper by besides
export const FRONT_MOVES: i32 = 12; // counted: times that an origin went elsewhere than before
export const PLACE_FIELDS: i32 = 16;
export const PREDICT_POINTS: i32 = 65;
// rules
export const FRONT_NEAREST: i32 = 0;
export const FRONT_WEIGHTED: i32 = 1;
export const FRONT_COST_AND_TIME: i32 = 2; // cost + lambda x predicted time
export const FRONT_RESPONSE_TIME: i32 = 3;
export const FRONT_UTILISATION: i32 = 4; // least spread of loads
export const FRONT_COST_IN_TIME: i32 = 5; // the cheapest within the target
// counted by origin and place
export const PLACE_CHOSEN: i32 = 0; // as the first choice
export const PLACE_ANSWERED: i32 = 1;
export const PLACE_MET: i32 = 2;
export const PLACE_SUM_E2E: i32 = 3; // µs
export const PLACE_COUNT: i32 = 4;
