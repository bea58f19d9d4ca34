import { goodputAdapter } from "../adapters/goodput.js";
import { type Dataset, listParts } from "./dataset.js";
import { profilesBelow } from "./profiles.js";
import { GOODPUT_ASSUMPTIONS, GOODPUT_MISSING } from "./sentences.js";

export const pollux: Dataset = {
  name: "pollux",
  title: "Pollux' workloads at four loads, and with users' own choices of GPUs",
  address: "https://github.com/petuum/adaptdl",
  licence: "Apache-2.0",
  citation: "Qiao et al., Pollux: Co-adaptive Cluster Scheduling for Goodput-Optimized Deep Learning, OSDI 2021",
  adapter: goodputAdapter,
  parts: listParts(
    "pollux-osdi21",
    `
    a6841fa6624dff2c97cb782ed327579abc6f8a92e5bb1a7b9fc2ae959ba3e031 80 385.2085 workloads-0.5/workload-1.csv
    c5a228514e4f04da81f645a8982b3105bad90255df2b212a2a9e2a50ee3bdd13 80 435.8117 workloads-0.5/workload-2.csv
    0f3fe5026593ac9ccfe53264aea43ca5bea4558c94ed7c24458d27777b4ecd09 80 214.5869 workloads-0.5/workload-3.csv
    191ac04670b3a0be0e8708be43c491575def671b1e97f90b683d1ca07196c0be 80 424.1375 workloads-0.5/workload-4.csv
    1461d258a07d73d1e520fde7629a0491bba5061173766f00018910c0a2bc52e1 80 183.9855 workloads-0.5/workload-5.csv
    53f036c5fbc8bb09e7c99430f48a56b55705133570d06e8707fc151a629b6818 80 431.9179 workloads-0.5/workload-6.csv
    82651f96823a0a4de2141eca23e8caed277dc983ec2e77f6f7b74077de29143e 80 916.9122 workloads-0.5/workload-7.csv
    90903fa71a1a4cc6f6e607de3c7d30144a4cbb85c9f82b5fa525e20553e21b1a 80 242.7765 workloads-0.5/workload-8.csv
    082f831a947aa2428ffc5b9970d3e7913b416ebfe88670cbe957241e7f554669 240 1992.3308 workloads-1.5/workload-1.csv
    ba363652c279a0693e4545e64f0b154fcdc8684518bfcaa405c28c914ed18334 240 1196.1673 workloads-1.5/workload-2.csv
    f316b3a525c2e0189919fb8bdf2f48e6e1e8bfaf41e93efecfc0747cc218344f 240 697.4858 workloads-1.5/workload-3.csv
    6549ea49a95f04defa60697dfb519cf219a85a4c1650d05c98d3f320485cf470 240 1595.126 workloads-1.5/workload-4.csv
    5cf460da9530389fc3b98a93f6b2bb59c8c17690ba29dc6d1faff61d652a184c 240 1687.3745 workloads-1.5/workload-5.csv
    06484c082431651b8009500aac30fa14c34682750104dfc5484405e8976f8717 240 1434.6489 workloads-1.5/workload-6.csv
    5a4e07c34a8d54860d094327b2a11efe345e6c1345a893f06c5f7c92cbfccef9 240 1626.5827 workloads-1.5/workload-7.csv
    0e4fdee04f2c959043d8a08942e94e685d00618c7cb42fe85c045b7938cea066 240 1615.3833 workloads-1.5/workload-8.csv
    742bb5600c91a27a6e2551731da8117eea7e29a344e588fbdf16db396ff43540 320 3040.4205 workloads-2.0/workload-1.csv
    ed716ed457eee37d0e7f0d47f50093fad2b8569da9172685f7de73f450c662dc 320 1608.4482 workloads-2.0/workload-2.csv
    9c30fbfacd66f9bd761cf99d3f97dead71d7e308764fd0a4d5abe227a6f1138f 320 1138.2053 workloads-2.0/workload-3.csv
    f5b61d0dd6c012f3bc7ca7af35ef326d27991b805d6b2406e6203572eed6aa7f 320 1982.2627 workloads-2.0/workload-4.csv
    afb0e048871bbf3635f5c5738d328c1a86935dc771af15c0c17ac2be53d16caf 320 2353.1954 workloads-2.0/workload-5.csv
    097ad709dddd64dcf9b305c6249ecece562e271b54d3be05f4cb8a3196535d5f 320 1841.4586 workloads-2.0/workload-6.csv
    e3843a1cfca7ab660cf1dcdbcc9147f89df45ca699a1eb2a5fdd0d52d454df1a 320 1793.5885 workloads-2.0/workload-7.csv
    80e836a01f76b9605820c07c07928bf913e7aa8a38d627579a60b798d7873ec3 320 2043.3636 workloads-2.0/workload-8.csv
    e1650a58264858a1b6a628ffbbc886ed8c94344b407866a71c26ff6a5403ff3c 160 957.556 workloads-realistic/workload-1.csv
    1c54f55b3ec2577ff1c11977bb923003c9ed5e6823240efb9f1d82c8fa576bed 160 879.509 workloads-realistic/workload-2.csv
    318d0df8b46c2eaad08249fa8a84786ec4cc6e57bb4cac1340b3bec96926f925 160 454.6369 workloads-realistic/workload-3.csv
    eabbc315b3e7043e3ae9d261d7c3f9d0804e55dec1e139b566075c24705510f1 160 1019.6936 workloads-realistic/workload-4.csv
    c45c495ba11251d5b886d2d880476aafcdbd44101e9eb60910440e2020ca6d65 160 1054.0457 workloads-realistic/workload-5.csv
    18b9d7d854fa26620a918970c2c3415bf9d4160c5a9b19978e2ddc79a8165d26 160 926.262 workloads-realistic/workload-6.csv
    4e4abcd9c5c012c619a4f54b89608302c83259069e240286b69654b6b36272df 160 1354.0213 workloads-realistic/workload-7.csv
    786745c8c52f457807c6bf0e8fec89eed5dad2808563cdd09006f594494d1cfc 160 923.1467 workloads-realistic/workload-8.csv
    0bff9c3a36b52c7025484b666d788001b1478cc4d84be409ca04b28f58f9d162 160 1178.5915 workloads/workload-1.csv
    83bec266667ec209a202c10975ab321e52eb4989e5ba420d18003ed03cf15c4e 160 1049.6997 workloads/workload-2.csv
    d76d5d1e3f9143b5453083de5c7a4c6576e884b41e86434a624b08f2c4277dc0 160 458.2361 workloads/workload-3.csv
    22c400f59637ba0fc2c9be3b491f67e0765d1bf33d0a57d76101d770e4443f21 160 1181.1909 workloads/workload-4.csv
    4761ea418f2cb618f79e1dcfc003d24de2810ec8d0af2ecf8895690d088c3930 160 1208.8022 workloads/workload-5.csv
    d6517c4d57c72e4f362f9e99f285e4f7fee0348913287033f11f02f5cb88f074 160 1046.6028 workloads/workload-6.csv
    fd29e99deef2c9edb758b431f3a04f896251a0ff6fb443567fb27580239462d5 160 1504.6168 workloads/workload-7.csv
    13618461b7dd45974f77dbf8354aa2a5bf5e6e04b15dbc783b174e111816774d 160 1037.8323 workloads/workload-8.csv`,
  ),
  side: profilesBelow("pollux-osdi21/traces"),
  origin: {
    repository: "petuum/adaptdl",
    commit: "c793c7089bd307462686339d29707925c461f9a9",
    paths: { "pollux-osdi21": "simulator" },
  },
  quirks: ["workloads-realistic holds the jobs of workloads with users' choices: 1 to 8 GPUs and small batches."],
  missing: GOODPUT_MISSING,
  assumptions: GOODPUT_ASSUMPTIONS,
};
