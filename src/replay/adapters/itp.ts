import { plainJobs } from "./plain.js";

/** `job_id,submission_time,duration,num_gpu`; seconds since the start of the collection. */
export const itpAdapter = plainJobs(
  { submit: "submission_time", run: "duration", gpus: "num_gpu" },
  { select: "SELECT _row, submission_time AS submit, duration AS run, num_gpu AS gpus, 'itp' AS tenant FROM raw" },
);

/** The same jobs with deadlines drawn by their publishers. */
export const itpDeadlinesAdapter = plainJobs({
  submit: "submission_time",
  run: "duration",
  gpus: "num_gpu",
  deadline: "deadline",
});
