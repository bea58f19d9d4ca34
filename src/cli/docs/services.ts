// docs/services.md and docs/services.schema.json: every key of a study of services, from the schema that checks it.

import { z } from "zod";
import { serviceStudySchema } from "../../model/service-study.js";
import { buildPage } from "./page.js";
import { listSections, renderSection, type Schema } from "./scenario.js";

function studyJsonSchema(): Schema {
  const schema = z.toJSONSchema(serviceStudySchema, { io: "input" }) as Schema & Record<string, unknown>;
  const description = "Services, their demand and bounds, and the controllers to compare.";
  return { ...schema, title: "Windtunnel study of services", description } as Schema;
}

export function renderServicesSchema(): string {
  return `${JSON.stringify(studyJsonSchema(), null, 2)}\n`;
}

export function renderServicesPage(): string {
  return buildPage("Study of services", [
    "A folder with `services.yaml` is a study of inference services: `windtunnel run FOLDER` compares controllers on the same requests, `windtunnel capacity FOLDER` finds the highest rates. " +
      "Unknown keys are errors. What is simulated: [an engine of language models](models/llm-engine.md), [replicas and controllers](models/service-scaling.md). A shipped one is " +
      "[scenarios/shop-inference](../scenarios/shop-inference/services.yaml). For editors: [services.schema.json](services.schema.json).",
    ...listSections(studyJsonSchema()).flatMap(renderSection),
  ]);
}
