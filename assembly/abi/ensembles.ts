// Ensembles of services.

// --- Control slots ---------------------------------------------------------------------------------------------------
// ensembles of services: state
export const ENSEMBLE_COUNT: i32 = 184;
export const ENSEMBLE_FREE: i32 = 185; // head of the free list
export const ENSEMBLE_LIVE: i32 = 186;
export const ENSEMBLE_DONE: i32 = 187; // rows kept so far
// ensembles of services: configuration
export const CAP_ENSEMBLES: i32 = 200;
export const CAP_MEMBERS: i32 = 201; // of all ensembles
export const CAP_ENSEMBLE_LIVE: i32 = 202; // requests to ensembles in the system at once
export const CAP_ENSEMBLE_ROWS: i32 = 203; // rows of ended ones that are kept: all, or 0
export const CAP_PREDICTIONS: i32 = 204; // numbers of all prediction matrices
export const CAP_LABELS: i32 = 205;
export const CAP_ENSEMBLE_BINS: i32 = 206;
export const ENSEMBLE_BIN_MICROS: i32 = 207; // f64

// --- Columns ---------------------------------------------------------------------------------------------------------
// ensembles of services
export const COL_ENSEMBLE: i32 = 300; // f64, ENSEMBLE_FIELDS each
export const COL_MEMBER: i32 = 301; // f64, MEMBER_FIELDS each
export const COL_PREDICTIONS: i32 = 302; // f32: matrices of samples x classes
export const COL_LABELS: i32 = 303;
export const COL_ENSEMBLE_COUNTS: i32 = 304; // f64, TALLY_COUNT each
export const COL_ENSEMBLE_SKETCH: i32 = 305; // f64 counts of latencies, SKETCH_BUCKETS each
export const COL_ENSEMBLE_BINS: i32 = 306; // f64, by ensemble, series, bin
export const COL_ENSEMBLE_ROWS: i32 = 307; // f64, ENDED_FIELDS each

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
