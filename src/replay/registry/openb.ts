import { openbAdapter, openbNodesAdapter, openbUntimedAdapter } from "../adapters/openb.js";
import { type Dataset, listParts } from "./dataset.js";
import { NO_ESTIMATE, ORIGIN } from "./sentences.js";

const SOURCE = {
  address: "https://github.com/hkust-adsl/kubernetes-scheduler-simulator",
  licence:
    "Apache-2.0 for the repository; the lists are Alibaba's cluster-trace-gpu-v2023, which names no licence and asks for a citation",
  citation:
    "Weng et al., Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent, ATC 2023",
  origin: {
    repository: "hkust-adsl/kubernetes-scheduler-simulator",
    commit: "8f3d6417353c5083c6d56617f255fadd8dc306bc",
    paths: { "openb-fgd": "data/csv" },
  },
};

const TIMED = listParts(
  "openb-fgd",
  `
    8ed554026d041b15ff21ddc104d9a21dbd9a93c496262fa23ef7b5be27e220dc 7336 51498.7364 openb_pod_list_cpu037.csv
    747f43247bffc2b0bb081d7f61f0705ca8d390dafc0b647e642c92f3baf3ba1e 7439 51498.7364 openb_pod_list_cpu050.csv
    f8a2b031461b54d7b9f06d55473c2371eb3357b78a255c646bdca5e0833a8a2f 7608 51498.7364 openb_pod_list_cpu072.csv
    bec1c33fbdde61fd463877534ec79b393aec73e1cbb22d55fab9f166ac480982 7853 51498.7364 openb_pod_list_cpu100.csv
    b7e9d8a1a601da84d6e0b4110b19ef5001be5e4796d33e7b82f166ba95161f87 8832 51498.7364 openb_pod_list_cpu200.csv
    87bebd4d012faa8305ce1fd82737f51cf03361aac28b75d42e34aa656d7f4ee0 9240 51498.7364 openb_pod_list_cpu235.csv
    134c21ff96d57533df8a37b67632972884fec9396e77cd0898ddc370cc8e607d 9420 51498.7364 openb_pod_list_cpu250.csv
    76528825f40ee662cb098b3b6e683c1efd9f87a0c8af7e628df1f32c639636d1 10094 51498.7364 openb_pod_list_cpu300.csv
    1ee7ed79c27a3b0861cda8ddba86a004c6aba904caafa329a76ae93ca63834a8 8152 51498.7364 openb_pod_list_default.csv
    12dbc07d6a49bf8641e2275a2ff5bf7be74b5df7d148d531e135b140b95f9a3d 8152 15188.4084 openb_pod_list_gpushare100.csv
    9be2d0efb52e242c32e23dd184cc5fcc1983478c6c9c02cbb6b4b62925c0ffcd 8152 44740.2871 openb_pod_list_gpushare20.csv
    d83ce79a4eb6987524bedbb0c65e41aed3a36bf6c1b78b86234c3687a07e1d40 8152 42447.7453 openb_pod_list_gpushare40.csv
    d31809628128a1f24491086eda4af3e23882b9213d3ef57a56ee2d1af69492fe 8152 34438.958 openb_pod_list_gpushare60.csv
    88b6649369ced40d0fde287d2498ea61ff4b05fccba8bdc95daf6042f2f8431e 8152 25695.5635 openb_pod_list_gpushare80.csv
    8f1c0ef7e4e511e982bd2818898ba22ee6d273bf5fce124b7ace285b5928cf4e 8152 51498.7364 openb_pod_list_gpuspec05.csv
    2dc7e4cb9480484f08539720b433a9ec9ab5d76b396f3f7557c53a2ff78a7611 8152 51498.7364 openb_pod_list_gpuspec10.csv
    6b9b89ab8913c1c074e994e98f548cf1a872fc5f76f2442ca8cd514a478b00a9 8152 51498.7364 openb_pod_list_gpuspec20.csv
    9d030679a2ccd7e27a7ec9ff15baff34480d22a0012515691fc187e3f35ee68c 8152 51498.7364 openb_pod_list_gpuspec25.csv
    eca4f746db1e5b25864ad021b55ece3943e101a3ebd4574d09dcb95c46117652 8152 51498.7364 openb_pod_list_gpuspec33.csv
    d9ec6f6c74fb980cc0b81239470c6353fceea077ea9abd610003b604c7cc2b01 8324 7086.8 openb_pod_list_multigpu20.csv
    a5e479c6444b1d83eef848159cf00c3cfa13441b2d1e2c113c391b91f1cc5b11 8508 8086.8 openb_pod_list_multigpu30.csv
    32c9e8731ca07ef96108aa65f2a289bb9aacb47f642ed9e3789f99b242df60eb 8746 9442.8 openb_pod_list_multigpu40.csv
    206f2f5959db30ecb7c44e7f13197c8ec50b7a35558ad3777cc3662ef0fe5373 9061 11358.8 openb_pod_list_multigpu50.csv`,
  (file) => file.replace("openb_pod_list_", "").replace(".csv", ""),
);

export const openb: Dataset = {
  name: "openb",
  title: "Alibaba openb pods with shares of GPUs: 23 lists, default and variants",
  ...SOURCE,
  adapter: openbAdapter,
  fleet: "openb-nodes/gpu",
  parts: TIMED.map((part) =>
    part.name.startsWith("multigpu")
      ? {
          ...part,
          adapter: openbUntimedAdapter,
          assumptions: [
            "The list has no times: its pods arrive one a second in the order of the list, and run for an hour.",
          ],
        }
      : part,
  ),
  quirks: [
    "Only 17 pods are created before 9,000,000 s: do not draw the load from 0.",
    "Files are in order of name; in 13 of the 19 with times that is not the order of creation. Names are kept where a program asks for them.",
    "gpu_spec is blank except in the gpuspec lists, and there sometimes names a model twice.",
    "The multigpu lists have no times, no gpu_spec and no phase.",
    "The published experiment uses requests and order only: in it nothing ever ends.",
  ],
  missing: [
    "Tenants are not recorded.",
    NO_ESTIMATE,
    "Pods that still ran at 12,902,960 s, the end of the collection, are cut off there: their recorded run time is a lower bound.",
  ],
  assumptions: [
    "A pod runs from scheduling to deletion, one second at least.",
    "A pod that was never scheduled is taken to run from creation to deletion, and to end as killed: in the record it never ran.",
    "A pod of several GPUs holds them on one node; a pod without GPU only takes CPU and memory.",
    "The class of a job is the pod's class of service (qos).",
    ORIGIN,
  ],
};

export const openbNodes: Dataset = {
  name: "openb-nodes",
  title: "The nodes that the openb pods ran on: all, or those with GPUs",
  ...SOURCE,
  adapter: openbNodesAdapter,
  parts: listParts(
    "openb-fgd",
    `
    5a85c2af79c66a1efff8bbcbda430400aae56d8431370d738480967e1a9c6b15 1523 6212 openb_node_list_all_node.csv
    2beca64b4d3dfa342036a34b56a495c6cef9225db836c81f541282cb1df320b5 1213 6212 openb_node_list_gpu_node.csv`,
    (file) => file.replace("openb_node_list_", "").replace("_node.csv", ""),
  ),
  quirks: ["310 of all 1,523 nodes have no GPU, and no model."],
  missing: ["Racks, network and prices are not recorded."],
  assumptions: ["All nodes are there from the beginning to the end."],
};
