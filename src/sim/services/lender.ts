// Training beside every run of services, and once without lending: on the GPUs that no service may ever have.

import type { Trace } from "../../model/jobs.js";
import type { ServiceStudy, TrainingSpec } from "../../model/service-study.js";
import { interval, pairedDifference } from "../statistics.js";
import { replicationSeed } from "../workload.js";
import { type Arm, armKey } from "./arms.js";
import { decodersOf, gpusMax } from "./decoders.js";
import { type HeldStep, heldSteps, runTraining, type TrainingResult } from "./lending.js";
import { type RecordedService, stepsTogether } from "./recorded.js";
import type { ServiceTrail } from "./replicas.js";
import type { HeldTrail, LendingRow, ServiceRun } from "./study.js";
import { trainingScenario } from "./training.js";

type Measured = TrainingResult & { gpusMean: number };

export class Lender {
  readonly digests: string[] = [];
  readonly #study: ServiceStudy;
  readonly #training: TrainingSpec;
  readonly #traces: readonly Trace[];
  readonly #recorded: readonly RecordedService[];
  readonly #held: HeldTrail[] = [];
  readonly #rows = new Map<string, { arm: Arm | null; results: Measured[] }>();

  /** @param recorded services that hold GPUs besides those of the study. */
  constructor(
    study: ServiceStudy,
    training: TrainingSpec,
    traces: readonly Trace[],
    recorded: readonly RecordedService[] = [],
  ) {
    this.#recorded = recorded;
    this.#study = study;
    this.#training = training;
    this.#traces = traces;
    const most = recorded.reduce((sum, service) => sum + service.gpusMax, gpusMax(study));
    traces.forEach((_, replication) => {
      this.#run(null, replication, [{ atMicros: 0, gpus: most }]);
    });
  }

  /** @param firstColdStart whose GPUs over time are kept for the picture, of replication 0. */
  beside(run: ServiceRun, trails: readonly ServiceTrail[], firstColdStart: number | null): void {
    const { variant, controller, coldStartSeconds, replication } = run;
    const arm = { variant, controller, coldStartSeconds };
    const own = heldSteps(
      trails,
      [...this.#study.services, ...decodersOf(this.#study).map((d) => this.#study.services[d.service]!)].map(
        (s) => s.tensorParallel,
      ),
    );
    const steps = stepsTogether([own, ...this.#recorded.map((service) => service.steps)]);
    if (replication === 0 && coldStartSeconds === firstColdStart) this.#held.push({ ...arm, steps });
    this.#run(arm, replication, steps);
  }

  #run(arm: Arm | null, replication: number, steps: readonly HeldStep[]): void {
    const spanMicros = this.#study.hours * 3_600e6;
    const setup = {
      scenario: trainingScenario(this.#study, this.#training),
      trace: this.#traces[replication]!,
      queue: this.#training.queue,
      gpusTotal: this.#training.gpus,
      spanMicros,
      seed: replicationSeed(this.#study.seed, replication),
    };
    const within = steps.filter(({ atMicros }) => atMicros < spanMicros);
    const result = runTraining(setup, within);
    const held = within.reduce((sum, { atMicros, gpus }, i) => {
      return sum + gpus * ((within[i + 1]?.atMicros ?? spanMicros) - atMicros);
    }, 0);
    this.digests.push(result.digest);
    const key = arm ? armKey(arm) : "";
    const entry = this.#rows.get(key) ?? { arm, results: [] };
    entry.results.push({ ...result, gpusMean: this.#training.gpus - held / spanMicros });
    this.#rows.set(key, entry);
  }

  result(): { rows: LendingRow[]; held: HeldTrail[] } {
    const [notLent] = this.#rows.values();
    const rows = [...this.#rows.values()].map(({ arm, results }): LendingRow => {
      const { digest: _, ...first } = results[0]!;
      const names = Object.keys(first) as (keyof typeof first)[];
      const metrics = Object.fromEntries(names.map((name) => [name, interval(results.map((r) => r[name]))]));
      const hours = (of: readonly Measured[]) => of.map((r) => r.jctHoursMean);
      metrics.savedHoursMean = pairedDifference(hours(notLent!.results), hours(results));
      return { arm, metrics: metrics as LendingRow["metrics"] };
    });
    return { rows, held: this.#held };
  }
}
