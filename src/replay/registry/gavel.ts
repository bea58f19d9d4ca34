import { gavelAdapter7, gavelAdapter10 } from "../adapters/gavel.js";
import { type Dataset, listFiles, listParts } from "./dataset.js";
import { NO_CPU_MEMORY, NO_ESTIMATE, NO_STATUS, ONE_GPU_TASKS, ONE_TENANT, ORIGIN } from "./sentences.js";

const SOURCE = {
  address: "https://github.com/stanford-futuredata/gavel",
  licence: "MIT",
  citation:
    "Narayanan et al., Heterogeneity-Aware Cluster Scheduling Policies for Deep Learning Workloads (Gavel), OSDI 2020",
  side: {
    throughputs: listFiles(
      "gavel",
      "17111f7295f03265fd9e5118d7eba31e3dd9d6e50a2e215c13ad3d3f91f74381 simulation_throughputs.json",
    ),
  },
  origin: {
    repository: "stanford-futuredata/gavel",
    commit: "c4fa40097339e9608ab71fd64c8bdea96a5e4a4c",
    paths: {
      gavel: "scheduler",
      "gavel/msr-vc-traces": "scheduler/traces/msr",
      "gavel/physical_cluster": "scheduler/traces/physical_cluster",
    },
  },
};

const MISSING = [
  "Run times are not given: work is given in steps.",
  "Users are not recorded.",
  NO_STATUS,
  NO_ESTIMATE,
  NO_CPU_MEMORY,
];
const ASSUMPTIONS = [
  "Run time = steps over the steps a second measured alone on a V100, for the job's number of GPUs; where that was not measured, for the largest measured number below it.",
  "The class of a job is its model and batch size; every job may run on any GPU model, at the speed of a V100.",
  ONE_TENANT,
  ONE_GPU_TASKS,
  ORIGIN,
];

export const gavel: Dataset = {
  name: "gavel",
  title: "Gavel's lists from Philly arrivals: 15 virtual clusters, five seeds",
  ...SOURCE,
  adapter: gavelAdapter7,
  parts: listParts(
    "gavel/msr-vc-traces",
    `
    952a5ca0842149b7a0f2cbfd072acb0f97765f05ef829b4ab71db0752ef08d00 1181 102591.215 seed=0/0e4a51.trace
    993c5d59d0b7447597e252b900670356623bda10dad0a4487588e3d839523442 986 31233.2035 seed=0/103959.trace
    21785530a830116cbfde74aaff23ac14f71396888453f388b5caeaf3695102ca 2000 40628.6015 seed=0/11cb48.trace
    5e77c69605651395c7610f85678205709009d401a299ae16b5af47f7f04c2714 9 63.0199 seed=0/23dbec.trace
    f2ea5209f8d8d2844aefc2ffc0cd9e7e08a53ec0c3f8bbe9d6f336e29d93fa3c 533 31231.7812 seed=0/2869ce.trace
    56dfc3e66adbdf48f65db0881e4f31d7e81e8555fdaef6380605d011512e503f 18 336.1761 seed=0/51b7ef.trace
    4deab594cec0d1400347e2c1e58998c197075b084b7473990d561c0e838f662d 2000 175264.222 seed=0/6214e9.trace
    dfd3ae4c9b4d886b2146ed41b6adc9f0105e21ecda3bff33459844c232b18f0e 2000 77144.2423 seed=0/6c71a0.trace
    52a95b1f5b9bda0bd0bec1fd35d3ef04dd50d6da091b99bfed7296bc13cabab8 3 4.9852 seed=0/795a4c.trace
    e999948ee9c399c0c2cd247ecd6d057309e9939004af4d57fe92c213882e1647 972 159981.394 seed=0/7f04ca.trace
    8964aed38ba3a5e88addfc6402d3dc215b0693227cd89204c801815a7c92e833 4 169.9272 seed=0/925e2b.trace
    36d7d8e239846e7d7423b729ae174cc5e3f42bde46245ae08650da8800887317 2000 92702.4783 seed=0/b436b2.trace
    76a5d2119774f81f1107091833fb18039faed8618cd7829cbf5829f74231fe2d 607 33016.0509 seed=0/e13805.trace
    498b1cdae5247e842e6d6875fe7fecde8ab28ceb1bb4525bb1f25f37f9241597 951 30232.6482 seed=0/ed69ec.trace
    ce629ae806113d60daa51dd9423030333a1abf45ee2a51c1013cdfdc49782a5c 2000 151197.048 seed=0/ee9e8c.trace
    5b3b77f60b854dc6ab2dc8d56649a5af2725e7b076ca0caa30fa526e5ae1816f 1181 104286.9712 seed=1/0e4a51.trace
    306e146bb804e170e12c325fe921fc99501efa60870fe93d6eb9cdd2fefe0a02 986 32604.7035 seed=1/103959.trace
    5e79d152cad57cb222ccfe464e1d1c1f3e6434c03c73877facae99c7dc9c4078 2000 45582.2089 seed=1/11cb48.trace
    e951384bb6f545f71c654d383f1fc2fe310f6ff66ead4597d4a7d8eef9efa962 9 64.3705 seed=1/23dbec.trace
    0586cfe25729594a3af38ac380e75be39f17baef80b337d94a7e9ad3db512f79 533 31796.2194 seed=1/2869ce.trace
    00ca925d98793cfc186661be06c2a1b4d8e8ee02f6e25b1855ef2685d63a73fd 18 263.4536 seed=1/51b7ef.trace
    564d111beabcdfb047b36c16f46c788d9bcf1660b0ddc74ee7b2cac1240dec80 2000 164335.5689 seed=1/6214e9.trace
    87587b710b4c113cef0c2614a465f430124173f371423006ca0fa96d8a40a29b 2000 74779.234 seed=1/6c71a0.trace
    c8abaf813d53f8a64d8d584bed495dfd3d85e73471af59365a635ef7f059827d 3 7.9502 seed=1/795a4c.trace
    a0a0cefe1d2e32a551aa8dec72366cac255bde9694a8cdd85e35484264af2574 972 160088.3904 seed=1/7f04ca.trace
    0d879d5317e5d2d253da12f38e507a40c24eff3104fcd012dd5efe8a1a96b32c 4 1011.73 seed=1/925e2b.trace
    efca3dcd843bcc76aa5159db2f4827731eaaede5b49ecb1dab3196f4d35daf34 2000 99548.2169 seed=1/b436b2.trace
    9dd4b0aeee6194a64d6e31d7579a8976b0b15940b476260e8d5946c7cd4d3a1c 607 42295.8419 seed=1/e13805.trace
    b80fa47554dca5cf967903b966f2f7046ca40aa2ac2e5ae47e8744ed053e05fc 951 29342.4619 seed=1/ed69ec.trace
    997067948676704093cdb5d42ce0f98a2eb6937b1039d1c5e5bbcdafe1ea5091 2000 141970.8391 seed=1/ee9e8c.trace
    8d60e3e2df746aca5c8a412de59c5452153c099e74f6164a6311fb67e5277e34 1181 103124.6724 seed=2/0e4a51.trace
    7d629b9ea4e29f66304ec4c95ab0d36dfa1cf2cd6cbdf591addaadf7f6d5c3a7 986 32362.3057 seed=2/103959.trace
    dfd2399d2da749ae8dbf68c33d96ffb23786e274822a3976d10e78ee0c854f67 2000 46800.293 seed=2/11cb48.trace
    2745ad1651640aea2e244f670e4d969e0df915727089f395630350769287ae3f 9 68.1846 seed=2/23dbec.trace
    b5575d31cbefb00cf000f12d4cff81c52bff5d6b0c40db76edb07327eb92de36 533 33027.2844 seed=2/2869ce.trace
    b7c1e5601f600146a35cac1249020411558b85bfd4d807b7be4563110fca50f9 18 275.7365 seed=2/51b7ef.trace
    fb2bfb618e7f27b72e698b795b002d92dd565838249cb11e92128e9766f3f31d 2000 169150.6728 seed=2/6214e9.trace
    2fd3fa11a15fdc51bbadf5e6761ffb6311d42c88c8c0e4076843de30cca1caa6 2000 74608.0943 seed=2/6c71a0.trace
    0d39f054974a89f317cf7eb6bf786eb8cf808418fde8c74ff0a2ac9cf8eadb91 3 10.9735 seed=2/795a4c.trace
    d5c1ad098b8a038f3e6cfb3c44afdc62f75718840fadf3b757804f58f4f74082 972 154315.1478 seed=2/7f04ca.trace
    118fb014067017afa90d9d71b3b9f25920210e8a6a1625ba7ba4c5b8836437f8 4 180.7904 seed=2/925e2b.trace
    918925e3bcfe6ef2d8c296b279128b80d7f8543e5a9a4c32b21cabd59c543f8c 2000 88625.3144 seed=2/b436b2.trace
    0ab1f8c7999b4382c130b6144d48eccd5032c24ed7bd3d4a3eab9a922811354e 607 38300.6919 seed=2/e13805.trace
    71b4ac749600dc8a06219d6e4c2e1c0822f48e102ff32ae60cc008cb63dd4662 951 28337.8516 seed=2/ed69ec.trace
    8ae59b56226626bf4b908b10f00838fe119d5501deeb0599c9f586b8ab67e550 2000 155665.6427 seed=2/ee9e8c.trace
    77f0af5165b2adfbf3356ea5e703f9e7c92accce17f142a060ef3fc20e049360 1181 102036.0062 seed=3/0e4a51.trace
    2d9f787de877799f4f317e5a28773cb9a0c430ca8c93b57d5b64f80c72986e4e 986 31538.9664 seed=3/103959.trace
    73c99062321efce872c994784968fd1f7eddd5861fc96997a8abdbe6a8850b34 2000 48181.4865 seed=3/11cb48.trace
    a25a638632a426c1454c9eb4728bd067c43ee19db5b26b3462d37fcbc8dda022 9 34.6607 seed=3/23dbec.trace
    045a3b9dfcdc4904e9d2239c6882fc2738f23b4fa48a80263ba1a2bde3f72202 533 27153.4874 seed=3/2869ce.trace
    4eadbf3135898f9551e420c264511da28072aa58fa6f575726ad030550d2b3e2 18 223.8093 seed=3/51b7ef.trace
    35251f2e87d2c703b312f5a9ab13e79abf54494848cf8bd6e052bea74bde1ef7 2000 177548.8192 seed=3/6214e9.trace
    804164a77480377900560876eed3bc2e97094e259d842815754060cd1c8b178c 2000 77781.1388 seed=3/6c71a0.trace
    0f77e1db2dc33e3e69e136404f610ec6bf8cd21f5ae3fa23240d7bbc0344cf95 3 6.818 seed=3/795a4c.trace
    a25f9b44be0474528e8e90a6f6700001bfa47d6afc47a3a0d2d2473221b110c4 972 142892.1085 seed=3/7f04ca.trace
    e7e0f20b387f26317da2ebfcff1aaf64c83b9bff379f98c393b91ad3818cbb41 4 208.3313 seed=3/925e2b.trace
    682d28fde1e52509f420aa6546f8ea2ef44336696c687e4d3148b3c7c403002f 2000 97201.1893 seed=3/b436b2.trace
    a8a3a2404a9ff8372caa3d56b29ffc820f8f4b165b835d779a4d53c1eca9c6da 607 35489.2833 seed=3/e13805.trace
    0892a7ed9a135c7bb3828b1c8f95c74577f49dbf99e35e9e5f69758a68b95efe 951 31750.9941 seed=3/ed69ec.trace
    5b895618b8c70e7619177c0cce341c6bedec053324006d494038b3048013e1bd 2000 157434.8882 seed=3/ee9e8c.trace
    5114c737cf35cd54ef325348d0dcd2a764c2a16d2f15c6a1d68a9bb4702903bd 1181 101507.4396 seed=4/0e4a51.trace
    11b2902f1d994adf38c0cc2b175320e40cd15678efea746922252635bd70fcec 986 32440.9837 seed=4/103959.trace
    22a2e1c8878b56119a3427acbd5a629825f013afbd4d86bdc8c8e97a123609c2 2000 44029.4858 seed=4/11cb48.trace
    a38b354105e3e70343816e3c3a30bfbbb4955a17d544590f62eb03149b934e48 9 37.0356 seed=4/23dbec.trace
    ec40afba05c0481283a6e181db22e1cc8e4b3fba76ee86d1cc3494fa8cd6598d 533 33779.2874 seed=4/2869ce.trace
    5e4a2b5508e89b526c9df048fb6594d9f88ad68559eb3af4024a62707f6f2950 18 229.4668 seed=4/51b7ef.trace
    bd22492d4291f3808f32953d1abc22bc7cb2a55754bdaaef435ad225dd91d686 2000 176012.9798 seed=4/6214e9.trace
    cd48985694a886794e9213eb415a2f196fe59e9ccdbe804523ebccbbb5621342 2000 79484.4631 seed=4/6c71a0.trace
    07ec1cfb6f3108dcf464747e3a25d727cdf8ffa7ddfee1e8ba74dd6206825783 3 6.6213 seed=4/795a4c.trace
    8d0c60a927be62f01da2827a96b073ad831961144ea147e8c6b918d78d58fd8a 972 148523.8137 seed=4/7f04ca.trace
    d789804b5e18daaac37a54c92bc42819b3404bbf88554c27ed39e5e0f02e021d 4 176.586 seed=4/925e2b.trace
    3f62532d3bce922d27262903897ef0e3b312799a062eede2e22c11de4f47b4ab 2000 90089.0546 seed=4/b436b2.trace
    2cd77e9c93c2a591d3b14347b9f31fdb93719c2d63bc72b223c96ae72a5ba5f3 607 42037.9235 seed=4/e13805.trace
    fd52818786c4c16a3c1919bbf564c695d559720fc08a7713ef6f143e9bf6ba51 951 31486.7334 seed=4/ed69ec.trace
    725f57dd906c30d9307f0f4b78abf97c52e9c5dfd6c00126d91a9b78e71fab15 2000 153702.5672 seed=4/ee9e8c.trace`,
  ),
  quirks: [
    "Seeds share arrivals and GPU counts and differ in models and steps only.",
    "Each file begins at its own time 0 and is cut at 2,000 jobs.",
    "GPU counts include 7, 12, 20 and 24, which were not measured.",
  ],
  missing: MISSING,
  assumptions: ASSUMPTIONS,
};

export const gavelPhysical: Dataset = {
  name: "gavel-physical",
  title: "Gavel's lists for its physical cluster",
  ...SOURCE,
  adapter: gavelAdapter10,
  parts: listParts(
    "gavel/physical_cluster",
    `
    aa267474f78f61ef65ec26585957e7737e0f2f8cba7e5425d7e52e26146d15b6 15 5.9504 artifact_evaluation.trace
    995884b79a7d529bfaba24a5281081d519e17f11c534d936a14497951377c0c6 14 40.4889 debug.trace
    250e279e3aa79fe9633c121f7bc8519322cd294fc866243253912258c7dd3a76 14 23.5979 debug_v2.trace
    29507c1f06047505f0177374ab9a0a749be6094dc72e6ed484f025eabe13547f 8 0.3662 highmem_test.trace
    dc13589c23c7b77d37d3d1014ff499e0c1ffca2959ce35d0e4ce70b71247424b 96 392.6264 max_min_fairness.trace
    161ebef0f499a83bb00899a30f1701b533ddb47fd29cbd0ff1058b6c46daa5ff 20 48.4465 medium_test.trace
    b00befc3fc2a62c1776fd70d978065e3fb1ae75fd06b37557f2425fe51556bc5 100 601.2202 minimize_makespan.trace
    1a216a80d1f40bc2b88a3edb5f14ff687560024c085a6392613618a47cbe54dc 20 0.3594 small_test.trace`,
  ),
  quirks: ["All jobs arrive at 0, except in max_min_fairness.", "Priorities are 1 throughout, and no job has an SLO."],
  missing: MISSING,
  assumptions: ASSUMPTIONS,
};
