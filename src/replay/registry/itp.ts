import { itpAdapter, itpDeadlinesAdapter } from "../adapters/itp.js";
import { type Dataset, listParts, type Origin } from "./dataset.js";
import { BARE, NO_DURATION_ZERO, ONE_GPU_TASKS, ONE_TENANT, ORIGIN } from "./sentences.js";

const SOURCE = {
  address: "https://github.com/microsoft/elasticflow-traces",
  licence: "MIT, (c) Microsoft Corporation",
  citation:
    "Gu et al., ElasticFlow: An Elastic Serverless Training Platform for Distributed Deep Learning, ASPLOS 2023",
};

const ORIGIN_OF: Origin = {
  repository: "microsoft/elasticflow-traces",
  commit: "277ed24d0e908c31a1c98145819e2e3853d8ac00",
  paths: {
    "itp-elasticflow/raw-traces.tar.gz": "data/raw-traces.tar.gz",
    "itp-elasticflow/elasticflow-traces.tar.gz": "data/elasticflow-traces.tar.gz",
  },
  archives: {
    "itp-elasticflow/raw-traces.tar.gz": "67398e1a89245c50ae0881bf997e6cda0c95f9f47980af5bc56d67998965669f",
    "itp-elasticflow/elasticflow-traces.tar.gz": "e9c20b73de61d2702aef086aebc995cbc432affbd0f09969cf30879c5d1a83c4",
  },
};

const QUIRKS = [
  "No job is shorter than 600 s: shorter ones were filtered out before publication.",
  "GPU counts are powers of two, 1 to 64.",
  "Submission times are whole seconds since the start of the collection (2021-03-04, time zone not given).",
  "Durations are run times: they do not include waiting.",
  "The archive upstream holds ten clusters; six are registered here.",
];

export const itp: Dataset = {
  name: "itp",
  title: "Microsoft ITP training jobs (ElasticFlow raw traces), clusters 01 to 06",
  ...SOURCE,
  adapter: itpAdapter,
  parts: listParts(
    "itp-elasticflow/raw-traces",
    `
    27d707f576fce5637f9efec43f610da3d335f36e3c6fd4ded2f5bccfce05974a 1595 22740.1258 cluster01.csv
    7a5849e73aff9f9bc33f87c9bacadf8aab2f3a9e7bc5d70956f5cbf40126526c 5778 123748.3628 cluster02.csv
    282d765c5289ab0ba870f494dd2c67893f9d16d726fdc8a51f13b7412515dbf8 3011 165442.5214 cluster03.csv
    247850e4265f35749e98d15e82a67765301e81272334265f1fe60d65787892a9 15802 705682.885 cluster04.csv
    1553359ddd673a0ffc531ca10e73ba729dbacbce905ce878dbb8499d2dbed0fb 3629 14303.1419 cluster05.csv
    52c0d9247d1de9b19a8bdafc25137daf6fa04f274ad3a2eb6dac51226ac2362e 2396 123878.6564 cluster06.csv`,
  ),
  origin: ORIGIN_OF,
  quirks: QUIRKS,
  missing: ["Users, cluster sizes and the time zone are not recorded.", ...BARE],
  assumptions: [ONE_TENANT, ONE_GPU_TASKS, ORIGIN, NO_DURATION_ZERO],
};

export const itpDeadlines: Dataset = {
  name: "itp-deadlines",
  title: "The ITP jobs with the deadlines that ElasticFlow drew for them, and its list of 195",
  ...SOURCE,
  adapter: itpDeadlinesAdapter,
  parts: listParts(
    "itp-elasticflow/elasticflow-traces",
    `
    599c2b80cea7b3d4784cc058981cf5f1238ce999b2e3a49b04c579884b7de1fb 1595 22740.1258 cluster01.csv
    40c46447fb4738b4d2bf7e94be6e627803eabe161260bb702338e0c3680de2e5 5778 123748.3628 cluster02.csv
    c8ddeebae6a586b4c3d9f0de6b7ec3ee20505bbc14b2f31ce7562f6a7e40b83f 3011 165442.5214 cluster03.csv
    b999cbdb8a773b58ff26dc9e982025a8096b8ee866a464cec1a7e1f222ce0572 15802 705682.885 cluster04.csv
    10be53b70dca805233da5fd8d66a6d6939f215dc3ceff1d277de6ef98d5761bd 3629 14303.1419 cluster05.csv
    36442e0b06ced83bb15fea18b362b402b65443129663c45207105506911ef140 2396 123878.6564 cluster06.csv
    80eb7ae03ba5b19cbe9aa7ee68cf93ee438495b48aa18e414c83bdd8a400e5fb 195 5489.8072 195job.csv`,
  ),
  origin: ORIGIN_OF,
  quirks: [
    ...QUIRKS,
    "Deadlines, models, batch sizes and iterations are random, added by the publishers: half of the deadlines cannot be met at the recorded number of GPUs.",
    "195job is 195 jobs of cluster02.",
  ],
  missing: ["Users, cluster sizes and the time zone are not recorded.", ...BARE],
  assumptions: [
    "The deadlines are not users': they were drawn, 0.5 to 1.5 times the run time after submission.",
    ONE_TENANT,
    ONE_GPU_TASKS,
    ORIGIN,
    NO_DURATION_ZERO,
  ],
};
