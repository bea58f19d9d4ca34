// The station: a queue with servers, for closed forms.

// --- Control slots ---------------------------------------------------------------------------------------------------
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

// --- Distributions of the station -------------------------------------------------------------------------------------
export const DIST_EXPONENTIAL: i32 = 0;
export const DIST_CONSTANT: i32 = 1;
export const DIST_ERLANG2: i32 = 2;
export const DIST_HYPER2: i32 = 3;
