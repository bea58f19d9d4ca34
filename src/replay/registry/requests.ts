// Requests to inference services.

import { azureLlmAdapter, genaiAdapter, mooncakeAdapter, mooncakeConversationAdapter } from "../adapters/requests.js";
import { type Dataset, listParts } from "./dataset.js";

const NO_ANSWER_TIME = "Users, models and latencies are not recorded.";

export const azureLlm: Dataset = {
  name: "azure-llm",
  title: "One hour of requests to language models at Azure, 2023",
  address: "https://github.com/Azure/AzurePublicDataset",
  licence: "CC BY 4.0",
  citation: "Patel et al., Splitwise: Efficient Generative LLM Inference Using Phase Splitting, ISCA 2024",
  adapter: azureLlmAdapter,
  parts: listParts(
    "azure-llm-2023",
    `
    54e9a6d2a4bd06ba1e060304b900abbc74cbea53de96506e60fe5bb4f2277fb6 8819 18305870 AzureLLMInferenceTrace_code.csv
    2f1e5b666d4e3055fdbba98598ce2ec307767b9064e03e2fa46676dbcc7d0bf8 19366 26450535 AzureLLMInferenceTrace_conv.csv`,
    (file) => (file.includes("code") ? "code" : "conversation"),
  ),
  origin: {
    repository: "Azure/AzurePublicDataset",
    commit: "b469a113cedca53ddc3bdea71a143dc4b7d8700c",
    paths: { "azure-llm-2023": "data" },
  },
  quirks: ["The text says 11 November, the stamps 16 November.", "Answers of conversations are cut at 1,000 tokens."],
  missing: [NO_ANSWER_TIME],
  assumptions: ["Timestamps are read as UTC."],
};

export const mooncake: Dataset = {
  name: "mooncake",
  title: "Requests with the blocks of their prompts, Kimi (2025)",
  address: "https://github.com/kvcache-ai/Mooncake",
  licence: "Apache-2.0",
  citation: "Qin et al., Mooncake: A KVCache-centric Disaggregated Architecture for LLM Serving, FAST 2025",
  adapter: mooncakeConversationAdapter,
  parts: [
    ...listParts(
      "mooncake-fast25",
      `
      b8cbb061a85206d729d91cdc2981f43c9e0d99209dce588d3af5f7934408b9df 12031 148915871 conversation_trace.jsonl`,
      () => "conversation",
    ).map((part) => ({
      ...part,
      assumptions: ["Arrivals are recorded on steps of 3 s: those of a step are spread evenly over it."],
    })),
    ...listParts(
      "mooncake-fast25",
      `
      bd070915a98fc0ed264d7cfef2ce746002eb3076a695ec31ba2674c0111ec131 3993 61790060 synthetic_trace.jsonl`,
      () => "synthetic",
    ).map((part) => ({ ...part, adapter: mooncakeAdapter(0) })),
  ],
  origin: {
    repository: "kvcache-ai/Mooncake",
    commit: "3b5a594133958449a1feaf1c9e0fc1b553e34a28",
    paths: { "mooncake-fast25": "FAST25-release/traces" },
  },
  quirks: ["A third file that its readme lists is not at hand."],
  missing: [NO_ANSWER_TIME, "Which requests are turns of one conversation is known by their common blocks only."],
  assumptions: ["A block is 512 tokens; equal numbers are equal tokens."],
};

export const genaiRequests: Dataset = {
  name: "alibaba-genai-requests",
  title: "Requests for pictures at Alibaba over 23 days (2026)",
  address: "https://github.com/alibaba/clusterdata",
  licence: "none stated; the publisher asks for a citation",
  citation: "Alibaba cluster-trace-v2026-GenAI, SoCC 2025 and EuroSys 2026",
  adapter: genaiAdapter,
  parts: listParts(
    "alibaba-genai-v2026/lora_request_trace",
    `
    263fb88f1095f62d360cf89ded8cfc24fa2c5d111c1b16e7aaa9ccbfc4b37d78 26823 0 lora_request_trace.csv`,
    () => "",
  ),
  origin: {
    repository: "alibaba/clusterdata",
    commit: "7a6c496e4f4b6ce6150be8f881cb051bf2abff42",
    paths: { "alibaba-genai-v2026/lora_request_trace.tar.gz": "cluster-trace-v2026-GenAI/lora_request_trace.tar.gz" },
    archives: {
      "alibaba-genai-v2026/lora_request_trace.tar.gz":
        "3205a42d9b11e027434448a21e20125e382e0caab4bcda9cd56aca7cc6c0d57f",
    },
  },
  quirks: ["Times are shifted and have no zone.", "30 requests took 0 s; 431 did not succeed: the class says so."],
  missing: [
    "Tokens mean nothing for pictures: a request has the time that it took instead.",
    "Waits are part of that time.",
  ],
  assumptions: ["The group of a request is its tenant, its checkpoint its model."],
};
