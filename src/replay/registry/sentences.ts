// Sentences that several data sets share.

export const NO_DURATION_ZERO =
  "A row with a duration of zero or less, or fewer than one whole GPU, is rejected: it is no work.";
export const NO_STATUS =
  "How a job ended is not recorded: every job is taken as completed after its recorded duration.";
export const NO_ESTIMATE = "Users' run time estimates are not recorded.";
export const NO_MODEL = "The GPU model is not recorded: every job may run on any model.";
export const NO_CPU_MEMORY = "CPU and memory requests are not recorded: neither constrains a job.";
export const ONE_GPU_TASKS = "A job of k GPUs is a gang of k tasks of one whole GPU each.";
export const ONE_TENANT = "All jobs of a part belong to one tenant.";
export const ORIGIN = "Time zero is the first submission of the part.";
/** What nearly every published list of jobs lacks. */
export const BARE = [NO_STATUS, NO_ESTIMATE, NO_MODEL, NO_CPU_MEMORY] as const;
export const PLAIN = [ONE_TENANT, ONE_GPU_TASKS, ORIGIN, NO_DURATION_ZERO] as const;

export const GOODPUT_MISSING = [
  "Run times are not given: work is defined by convergence, which depends on GPUs and batch size.",
  "Users are not recorded.",
  ...BARE,
];
export const GOODPUT_ASSUMPTIONS = [
  "Jobs are plain jobs of fixed size: the GPUs and the batch size of the list from start to end.",
  "Run time is computed from the measured profiles (AWS, T4): iterations to the end of the curve at the nearest batch size, times the step time at the nearest number of GPUs on the fewest nodes, gradients accumulated where the batch needs it. Restarts are not in it.",
  "The class of a job is its application; every job may run on any GPU model, at the speed of a T4.",
  ONE_TENANT,
  ONE_GPU_TASKS,
  ORIGIN,
];
