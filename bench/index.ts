// All cases. Names are stable: results of different commits are compared by them.

import { mmc100, mmc100Simjs } from "./cases/engine.js";
import { eventListCases } from "./cases/event-lists.js";
import { holtWintersCase } from "./cases/forecast.js";
import { fusionCases } from "./cases/fuse.js";
import { type DataFolders, jobCases } from "./cases/jobs.js";
import { learningCases } from "./cases/learn.js";
import { liveCases } from "./cases/live.js";
import { bytesPerLiveJob, measuredMemory, stream1e7, streamMemory } from "./cases/memory.js";
import { serviceCases } from "./cases/services.js";
import { sharingCases } from "./cases/sharing.js";
import { transportCases } from "./cases/solve.js";
import { otherSolverCases } from "./cases/solve-others.js";
import { efficiency2 } from "./cases/sweep.js";
import type { Case } from "./harness.js";

export type { DataFolders } from "./cases/jobs.js";
export { type Case, type Row, runCase } from "./harness.js";

/** Cases run when none is named; the others only on request. */
export function allCases(folders: DataFolders): { standard: Case[]; onRequest: Case[] } {
  const transport = transportCases(folders);
  const services = serviceCases(folders);
  return {
    standard: [
      mmc100,
      mmc100Simjs,
      ...jobCases(folders),
      bytesPerLiveJob,
      streamMemory,
      measuredMemory,
      stream1e7,
      efficiency2,
      ...sharingCases(folders),
      ...liveCases(),
      ...transport.standard,
      ...otherSolverCases.standard,
      holtWintersCase(folders),
      ...services.standard,
      ...fusionCases.standard,
      ...learningCases.standard,
    ],
    onRequest: [
      ...eventListCases,
      ...transport.onRequest,
      ...otherSolverCases.onRequest,
      ...services.onRequest,
      ...fusionCases.onRequest,
      ...learningCases.onRequest,
    ],
  };
}
