// What became of one request of a run of services, for those who show requests one by one.

export interface ServedRequest {
  id: number;
  service: number;
  /** -1: it reached none. */
  replica: number;
  atMicros: number;
  /** Admitted, first token, end; NaN = never. */
  scheduledMicros: number;
  firstMicros: number;
  finishMicros: number;
  promptTokens: number;
  outputTokens: number;
  preempted: number;
  /** In words. */
  outcome: string;
}
