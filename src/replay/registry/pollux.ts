import { goodputAdapter } from "../adapters/goodput.js";
import { type Dataset, listFiles, listParts } from "./dataset.js";
import { GOODPUT_ASSUMPTIONS, GOODPUT_MISSING } from "./sentences.js";

const side = (pattern: RegExp) => SIDE.filter((file) => pattern.test(file.path));

const SIDE = listFiles(
  "pollux-osdi21/traces",
  `
    982811b611bc8447a078289939a2ccafc1f76c06e1e8ebcc4f4866a8e8fcdc0f bert/placements.csv
    d3fac874d45f501b8126cd1a5238f9f53eec4a1ac17cc1a5133f1a17fc891943 bert/scalability.csv
    15e8df62086ac566259601e30b23502fc265de4b529be53c7bbd088181127469 bert/validation-12.csv
    1570e36c3dd6fdc2a9dfc44194f21d8e875ac6838d9fa0909e4470b165cc305f bert/validation-192.csv
    87beb34e1f4d1540e70c4ca35540e8b32a76cd9824af759b8704f4c0333461c9 bert/validation-24.csv
    1d2305fb7fa10e52df6509110f3e9d84a369125fd9fdbef1d4ef9217fbc14594 bert/validation-384.csv
    0c647322cdbb0ed25975b903f1161e5dec1b17a6658b38c551e9ff81c543a1bc bert/validation-48.csv
    a6f2f1e37f2b6817385635ab309bf151223ee8ba1fc0e847514f9eed6f0ae666 bert/validation-96.csv
    e77d1d8781e2e48c3952580bdf705f3be4f27cbbdcd0a2087eb152224a271b6b cifar10/placements.csv
    d4bd0dd8ab0df8ce76bbd788b210637dd204937cd4a18f112577f2a812634152 cifar10/scalability.csv
    65ca500dbb2dad19d655dc3ebf37c4433bb3c64dc12df04cf695f82e626e9fb3 cifar10/validation-1024.csv
    3e44736464924617d8d90f30c1e356d3dd384075a76f8755e2b10a86935b94f4 cifar10/validation-128.csv
    d661d023fe48a926a3b16c8a4822e44e0a6686671ec87944cbe99ac6d56e495a cifar10/validation-2048.csv
    3108d4af00743ec9355816d22d4c55c22ed115736b4bffd140626da90975c26d cifar10/validation-256.csv
    ef38514818005468c6fbfb14378bc63798b5fe5b978386f5cbd549c14c0318df cifar10/validation-4096.csv
    912a21991c9d9a3fc3c1fb56db7042b61a6ce43c4d8bf01e8dbe87f3298408dc cifar10/validation-512.csv
    0908c53bfc20123ad60ad6c4984cfcdf53a623773f4e44e9f01d58305e5379b7 deepspeech2/placements.csv
    d49ed2ecb5f3b3f1204ef2200eb8a0f36e373830ae54833e2318085f7d237316 deepspeech2/scalability.csv
    0b0fb04b5902b3f86e39ac61ee3c20014c627b2903d51add69a791d56dd1d295 deepspeech2/validation-160.csv
    d0443954cf20c15453ce308637ab10b8a618e741b35de49e0cd94f9510cf7235 deepspeech2/validation-20.csv
    27b366d74f1ded22a1c8b92e8e706dd6e450d38e02df31eb64c2a31ead80218b deepspeech2/validation-320.csv
    6e99c6d45d3ccd649de5e95a4f6354863a233ee0f4ee957464e13ff83ae9ef73 deepspeech2/validation-40.csv
    f9d5c82ea5c9ce2805f31731c030b48addf4fdb4fa8c53da5071bc51ac500273 deepspeech2/validation-640.csv
    f70e1e0afd4d5941cf0693bfe97a7144534665d45287a2553e59e7c26d6a199f deepspeech2/validation-80.csv
    ac3d88937f40680c367ec83c7610eda088b8d60806e15cf3a4699fa1d15cb1e8 imagenet/placements.csv
    ca4970f3461c816237daaa4f37635cf07e78ee7a78df87788543b6e7b094e681 imagenet/scalability.csv
    a5c85cf1b036da68742d34ea094884ea2d0c6007b1c64b8593a380a31a7c09e0 imagenet/validation-12800.csv
    60f4fbfa9547101d6c2825a335444f1ad7bb1dea5fde1ccfdbd480e16cc2b5f5 imagenet/validation-1600.csv
    99359b5af430cf196b55c40c0c5578fca5d5d1acae4cd025a9f9731f97411eb6 imagenet/validation-200.csv
    17a818be4b5edf0116c9d2c184dcd32959fc545ef9fbd0cf7cc4ea1584fb25fa imagenet/validation-3200.csv
    bbb41eff31eff5882bda761e5f221e6a74d46325eccda0594ab125a60d422a47 imagenet/validation-400.csv
    d143c22f513df9cfd67f1b9390312f3fdb444517f979cd39ca7998b11897bb07 imagenet/validation-6400.csv
    c5ab8a1797d45d7910ba4d47fa7c8753ddd3a06337f57f0c0cc04943b11d786e imagenet/validation-800.csv
    012f861bd2acc57f5f7d09c7878082905ba0150660b9f5aeae9291d025527874 ncf/placements.csv
    2c773498098fbaedbbb90d21b1b765876896b7ec0a37b543bbdcbf0ef7f066a4 ncf/scalability.csv
    ca09ed956b3d18301c5c41d45f16bb252f5a901362bf8864083c33641e521576 ncf/validation-1024.csv
    2935f9fd96a2eae03956630e285871301dfffbe1aa2ba714a0f0b996f30c6a93 ncf/validation-16384.csv
    981525ec55b4e75e1d147a3905df775d7ca19a727667adb8f0734faf04e9b260 ncf/validation-2048.csv
    871f600508647b03faff1a0c7d3c244bacf614ec38ddea978270080e3bc3e677 ncf/validation-256.csv
    0adc7d68f257cabb455ece1801293595f83c9e82182b7ca1eb8879082a5bacb5 ncf/validation-32768.csv
    5bef39a3f41e9989fa216ed3cc6d4aab91b807e6a4615ee08ee0fdce93820207 ncf/validation-4096.csv
    736cf15f524872b9888602fcd8caa45491e6ecdc1cf44d1043e5ccf965d3f1e6 ncf/validation-512.csv
    452f1aca238528cae73da4c256c1e0531feea2576d82688b101bbc13117e422d ncf/validation-8192.csv
    6ffceb8996e3fd57e47e550fdffc21eec7d7e34de1d806d8b3568734eaec0013 yolov3/placements.csv
    feb460a4afaa48073fbd3387b7aa610b414166b0e68ff66d4374a73ed4b930bc yolov3/scalability.csv
    fc191f65adc5f766ceefcdc915b8a56fb236be98053d94dd55b0b4d4ae356ba0 yolov3/validation-128.csv
    f3bde37fff505ffa0c27af97945fdc853df0ab83e458c432d9b2ed3239475c18 yolov3/validation-16.csv
    1c3d0ce8f98a541d7ca7fea90907b36615289271e124b97890dd5697feeae66c yolov3/validation-256.csv
    036c637a7ead92774bfcfcc58f7331b194a3d324a5383c3cb40a3097b6183013 yolov3/validation-32.csv
    3f5f626de33f5de5e503fe8b1a2c3d85e47e30507e2b22a5abd69fbdf00e3b9a yolov3/validation-512.csv
    89186e4d07fa08cd3b6ab0c04dcad12ef686da6419c9f72f5fdf67eb5e7df5b9 yolov3/validation-64.csv
    6ff47809c183dd819dd3f306f36ec61e8b038a5c0a1b7de1b9b348573f6ce3eb yolov3/validation-8.csv`,
);

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
  side: { placements: side(/placements/), scalability: side(/scalability/), validations: side(/validation/) },
  origin: {
    repository: "petuum/adaptdl",
    commit: "c793c7089bd307462686339d29707925c461f9a9",
    paths: { "pollux-osdi21": "simulator" },
  },
  quirks: ["workloads-realistic holds the jobs of workloads with users' choices: 1 to 8 GPUs and small batches."],
  missing: GOODPUT_MISSING,
  assumptions: GOODPUT_ASSUMPTIONS,
};
