// Operating errors: expected, explained, and with a stable code. An assertion (our own bug) is a plain Error and
// is never caught on purpose. The docs page of codes is generated from this table.

export const EXIT_CODES = {
  usage: 2,
  badInput: 3,
  runFailed: 4,
  refused: 5,
  bug: 70,
} as const;
export type ErrorKind = keyof typeof EXIT_CODES;

export const ERROR_CODES = {
  USAGE: { kind: "usage", meaning: "The command line is not understood." },
  SCENARIO_INVALID: { kind: "badInput", meaning: "A scenario file does not match the schema." },
  SCENARIO_NOT_FOUND: { kind: "badInput", meaning: "No scenario is at the path given." },
  TRACE_NOT_FOUND: { kind: "badInput", meaning: "A data set's file is not where WINDTUNNEL_DATA says it should be." },
  TRACE_UNKNOWN: { kind: "badInput", meaning: "No data set has the name given." },
  TRACE_TOO_SHORT: { kind: "badInput", meaning: "A trace covers too little time for what was asked of it." },
  SYNTH_INVALID: { kind: "badInput", meaning: "A file of generator parameters does not match its schema." },
  TRACE_ROW_INVALID: { kind: "badInput", meaning: "A row of a trace cannot be used, and --strict was given." },
  TRACE_FILE_INVALID: {
    kind: "badInput",
    meaning:
      "A description of a trace (YAML) does not match its schema, or its SELECT does not give what was declared.",
  },
  TRACE_UNREADABLE: {
    kind: "badInput",
    meaning: "A trace file cannot be read: truncated, empty, or in another format.",
  },
  TRACE_COUNTS_DIFFER: {
    kind: "badInput",
    meaning: "The files of a data set do not hold what the registry says: other digest, counts or sums.",
  },
  DOWNLOAD_FAILED: { kind: "runFailed", meaning: "A file could not be fetched, or is not the one registered." },
  JOB_INFEASIBLE: { kind: "badInput", meaning: "A job asks for more than any pool could ever hold, even when empty." },
  OUTPUT_UNWRITABLE: {
    kind: "badInput",
    meaning: "A file or folder to be written cannot be made where it was asked for.",
  },
  RESULT_INVALID: {
    kind: "badInput",
    meaning: "A result folder is incomplete, damaged, or of a version that cannot be read.",
  },
  SOLVE_INVALID: {
    kind: "badInput",
    meaning: "A problem for a solver is malformed: not a number, negative, or of the wrong length.",
  },
  SOLVE_NO_PLAN: {
    kind: "runFailed",
    meaning:
      "A problem has no optimal plan: infeasible or unbounded (the message names what is in conflict), or a limit was hit.",
  },
  FORECAST_INVALID: {
    kind: "badInput",
    meaning: "A series cannot be forecast as asked: too short, no number in it, or a horizon or season that is none.",
  },
  POLICY_REFUSED: {
    kind: "badInput",
    meaning: "A user's policy is not one: it cannot be read, does what a policy may not, or lacks what it is used for.",
  },
  POLICY_FAILED: {
    kind: "runFailed",
    meaning: "A user's policy was stopped in a run: it answered NaN, took too many steps, or trapped.",
  },
  FUSION_INVALID: {
    kind: "badInput",
    meaning:
      "Members cannot be fused as asked: other shapes, a value that is no probability, weights that weigh nothing.",
  },
  LEARNING_INVALID: {
    kind: "badInput",
    meaning: "A model cannot be trained as asked: samples, labels, layers or a step that are none.",
  },
  CAPACITY_REACHED: {
    kind: "runFailed",
    meaning: "A table of the engine is full; the message names it and the option that raises it.",
  },
  ENGINE_TRAP: {
    kind: "bug",
    meaning: "The engine stopped on a broken invariant; the message gives function and line.",
  },
  RUN_STUCK: { kind: "bug", meaning: "A run ended with jobs that never finished." },
  WORKER_LOST: { kind: "runFailed", meaning: "A worker crashed or hung more often than a run is repeated." },
  REPLAY_DIFFERS: { kind: "runFailed", meaning: "Facts fed back gave another decision than the recorded one." },
  COMPARE_FAILED: { kind: "runFailed", meaning: "A condition given to `compare --fail-if` is met." },
  REPRODUCTION_FAILED: { kind: "runFailed", meaning: "A published result was not reproduced within its tolerance." },
  CHECK_FAILED: { kind: "runFailed", meaning: "An independent checker found a schedule that breaks a rule." },
  LIVE_CONFIG_INVALID: {
    kind: "badInput",
    meaning:
      "A live configuration does not match its schema, or names a kubeconfig, context or cluster that is not there.",
  },
  LIVE_UNAVAILABLE: { kind: "runFailed", meaning: "Live commands need an optional package that is not installed." },
  CLUSTER_UNREACHABLE: {
    kind: "runFailed",
    meaning: "A cluster does not answer, refuses us, or answers what no API server should.",
  },
  LIVE_REFUSED: {
    kind: "refused",
    meaning: "A change was not carried out: a guard refused it, and the message says which and why.",
  },
  PLAN_INVALID: {
    kind: "badInput",
    meaning: "A plan file is damaged, of another format, expired, or not made for these clusters.",
  },
  PERMIT_INVALID: {
    kind: "refused",
    meaning: "A permit is missing, expired, revoked, tampered with, or not for this policy, engine or cluster.",
  },
  GATE_FAILED: { kind: "runFailed", meaning: "A policy did not pass a gate, so no permit was issued." },
  RECORDING_INVALID: { kind: "badInput", meaning: "A live recording is damaged or of another format." },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>;
export type ErrorCode = keyof typeof ERROR_CODES;

export class WindtunnelError extends Error {
  readonly code: ErrorCode;
  /** What to try next, one sentence. */
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "WindtunnelError";
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return EXIT_CODES[ERROR_CODES[this.code].kind];
  }
}
