import { goodputAdapter } from "../adapters/goodput.js";
import { type Dataset, listFiles, listParts } from "./dataset.js";
import { GOODPUT_ASSUMPTIONS, GOODPUT_MISSING } from "./sentences.js";

const side = (pattern: RegExp) => SIDE.filter((file) => pattern.test(file.path));

const SIDE = listFiles(
  "philly-sia/app-profiles",
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

export const sia: Dataset = {
  name: "sia",
  title: "Sia's workloads sampled from Philly, Helios (Saturn) and a newer cluster, and for scaling",
  address: "https://github.com/siasosp23/artifacts",
  licence: "none stated by the repository; sampled from the Philly and Helios traces (both CC BY 4.0)",
  citation: "Jayaram Subramanya et al., Sia: Heterogeneity-aware, Goodput-optimized ML-Cluster Scheduling, SOSP 2023",
  adapter: goodputAdapter,
  parts: listParts(
    "philly-sia/workloads",
    `
    140a0f65aa29f379dd9e3848a3961345dcabe66c7333a07605d51ba000eab935 960 5296.4527 newtrace/workload-1.csv
    3f4307aba14867e69fe7ccaaa1d0d283b0da123f3b852a1653672e9d0c25ccc8 960 5358.5991 newtrace/workload-10.csv
    636425e448e13e302b47c3a131c2cb558be226179c7d2eb0f237e0587da1a220 960 6147.2183 newtrace/workload-2.csv
    902b2f161e87f34be25698560196d19a8146dc573a1caee44d54ad8600dd70b9 960 5318.3941 newtrace/workload-3.csv
    5086d9b679077267cfd978a4da7b65bbbae7fd3b782b20704df700db1976676f 960 5683.5141 newtrace/workload-4.csv
    329b421eedefed764d0868db1dbfaead6c38f2d274f603f2c0ebfe476fbcb496 960 5477.6223 newtrace/workload-5.csv
    600a7bd378eccd9d548484451924d85c7825943062813fc7f5c0b5ef7eab702d 960 5611.6028 newtrace/workload-6.csv
    0c3ed662c3ff54483e8ff1cc39bf4f1e63b8b33ad2b7f8424d418dec6acef33a 960 6043.6108 newtrace/workload-7.csv
    1b597d06bf5f3b61cb84126cdad5999808309a18c1d81ddc0d6a222d9d9f685e 960 4840.5448 newtrace/workload-8.csv
    8a36414c827f11a8fcd86d8d7d56456d275040545b1e69280df8f8ea1fa82985 960 4914.8165 newtrace/workload-9.csv
    c0f4c1d80ef57f2c61a6a0a42f95fa080e1bfdd1319f2baa801af0f4a2d8c64d 160 1125.0926 philly/workload-1.csv
    bdc62c7b18554eaa53240e24468b39df9c49da630d2471524a9ac5eda04e878e 160 1047.471 philly/workload-2.csv
    40c5f34a17b08e78d48c35575454b83ce09aed94721f4104fc344ed1fc051751 160 579.5582 philly/workload-3.csv
    43625cffc417400b1ec7202d8f8ff906dc4a2d5961396b9c7595a1d5d36fc1be 160 1174.0476 philly/workload-4.csv
    af2178103996d9bff9f36b6fbd89be5e0b46a7fa4d8db271b616d52a865087a8 160 1165.5681 philly/workload-5.csv
    e71e69e31d2599d6d92310aa7d2675a1f7e3faf80d9269bef85aef8b4a91f151 160 1036.269 philly/workload-6.csv
    d854113e23e756eedbb42fb737ac04a341c06dbb94b3c82665077601f20a3a76 160 1372.8704 philly/workload-7.csv
    02ef9e5fc379a28f1ac7b80986cd3460de9b5c18f031d8d416b2c74f3384822a 160 1070.976 philly/workload-8.csv
    0ff89480a7183132b4c40e5853aa632da93a9eee204ea6432a0b46b31615c6ed 160 970.7372 saturn/workload-1.csv
    f7e7d15ddeeaa7198566cded7d0cca528a506e8e503d21bbb0d20c409163b11a 160 1554.7356 saturn/workload-10.csv
    cb0fe646907b3862bb418f42d4d52f0a84ab206336ef43a889eb3b730beda1b3 160 1003.0949 saturn/workload-2.csv
    54820fdfd9228b4ec39ee50aa9fd22bcd8681cf9cd411b6cf056ad7a8357ee0c 160 1355.2811 saturn/workload-3.csv
    9cfcb6d8f692d24b10a50cb1777f5ff2e2020062a5d5f7431dff1cf78dc3e722 160 1487.3859 saturn/workload-4.csv
    af385c618966addcba138629e5f23ca381b5ef0b087b3c20caead351be4116cb 160 1165.0163 saturn/workload-5.csv
    a41ca5f26a49e91c35c59db89e326c9489afe9a21e14f260985ac373adf8fae8 160 1150.0552 saturn/workload-6.csv
    216825bca384a97dd10ef46b25c2b14c78c0e3f31c958f40175b00421d764b72 160 976.8499 saturn/workload-7.csv
    9ea6fc2f1757655d5c0355d618780133cf1b330203c56007e44f171174b231fc 160 1361.9098 saturn/workload-8.csv
    e81fd884d59ce1907a28170323241d8fbbaaddc9abd75d0ea4677711ae03d45b 160 1699.3019 saturn/workload-9.csv
    1045068c4bc7065d126d2b8a6246f1e42e295ede635d80c379784efc77e41476 80 595.797 scale/rate_10/workload-1.csv
    683919c07fb3daa53d89643734f7ec9bb5984963d7e05c6bcc141f675d971724 80 788.6925 scale/rate_10/workload-10.csv
    5e5c4347d81309569942dbda7df1d1bd4b1f65e8a241b3860caf07c0edb0c9bf 80 815.2066 scale/rate_10/workload-2.csv
    5a45eb8a67a9f390754531dc838e2cebf7cc9ce60b263c9c32c2903f32b70036 80 615.8239 scale/rate_10/workload-3.csv
    343bd4e0ac22b959a0463e7a06708a8770763ca21ab397ff6b5006a52c258804 80 808.495 scale/rate_10/workload-4.csv
    af1d848ed6f2e178f0740e21c026e9f4f999f2fcee268e18850957773944305b 80 416.0032 scale/rate_10/workload-5.csv
    237ab41a02d762083305d90a4888e6aca2992d24c50f710a474d25a50fdbbee7 80 436.8596 scale/rate_10/workload-6.csv
    2a4c4f4bd7053e452bb80294771dceb048df07a37790646cf0d94a989800dc7c 80 816.8941 scale/rate_10/workload-7.csv
    e7961280cb69cb2f4629cc43c473d298d62ad9f6433565acfdbc6ce13f10e14f 80 782.6465 scale/rate_10/workload-8.csv
    2321823b70d9a9a97f87f2cca2f9e6490a59167001e0accf83dc9d3c61dc51a9 80 475.3548 scale/rate_10/workload-9.csv
    621a011b5ab70a7e101ea14ba327d5bd0f9bd95d39204e56ccd19b7fad3a4226 160 1104.9668 scale/rate_20/workload-1.csv
    2006200db6e63007bbe9174e3c33b8107013a9e6e826f6d6fa700e6c687d0652 160 1578.717 scale/rate_20/workload-10.csv
    0b86f9f9a9bd46314a4aa8abfd2fab42a4f6467090b4d1b22d091e7be67ced3f 160 1088.2538 scale/rate_20/workload-2.csv
    02d21270aacbe2dceedef409ba5d3a2b4983f1aefa71235c09346a70875446b5 160 1427.3545 scale/rate_20/workload-3.csv
    d6491cfabaddc11af95cf39755963e449ce4b57813a6f67e3913339c9b9cbf65 160 1590.7756 scale/rate_20/workload-4.csv
    91f5e41a9fa70c343e025421cbedfde07a93f8163872508877334aade83c19b1 160 1231.7835 scale/rate_20/workload-5.csv
    375d824101d4c6f083cda210846c4c8e37ca12f7e50c4e24dbea145506f87680 160 1283.8507 scale/rate_20/workload-6.csv
    63da1e0a29c25d623468056ac5fc75b897f9b926505dd0ded0b6dd10ab4e7a2f 160 1100.8124 scale/rate_20/workload-7.csv
    91f0a6f37997d6252cb516e486d78d5a74dbb63ba7013234d81e86053949ae5a 160 1435.779 scale/rate_20/workload-8.csv
    dbb610b4304fd9e9a241ff15e670dce1a4242ca626a1b7a29741bfea3196be64 160 1828.5127 scale/rate_20/workload-9.csv
    4b6ba33358deb9384c94083e0f544e1f41fb29a0acc4055487f6ec44b15d40e2 240 1756.8465 scale/rate_30/workload-1.csv
    ef940b6716806f38e4ab3e2a18d309fe6c54fdf1c191493c19fc762c8fbb7df0 240 2082.4012 scale/rate_30/workload-10.csv
    c51643d7389e403da580a4273a935c6f92308746c1e99f544357b210bf868ae7 240 1887.8451 scale/rate_30/workload-2.csv
    9b556e85c7cbb05514805688ff0d02ba46e8894ab9116591ac2bb393d99369d2 240 1832.921 scale/rate_30/workload-3.csv
    08036ff6ce4302b26b4a365806d7c979f138b47ba4be311dfeeab2883a00c0f6 240 1837.4212 scale/rate_30/workload-4.csv
    3720d86ed8c9bbb74a4da8d539531e7f4737b76ff3fa86bdfc07a1a627e8d51e 240 1524.7558 scale/rate_30/workload-5.csv
    81466f04ffcf13874b5bc4ad28b3c275635a7fccfce1ac7618de47200ffc90a5 240 2052.2637 scale/rate_30/workload-6.csv
    eec7f65071a671cfbf408b92b6a756bf4c904c9f6bb3d2e8cc5225159852a14a 240 1970.5139 scale/rate_30/workload-7.csv
    fa9e826851f624a1de9c3190f473275a556ef4bb7f7b75abb3566fa17c81d0be 240 1863.9707 scale/rate_30/workload-8.csv
    392bc5648d9bd1e112614cfd5d79db3da30aed09b3acacaa56b28f3685c9d131 240 2037.5878 scale/rate_30/workload-9.csv
    b5461ed5bb63c1f9f05ab1ac960690292d55b125509f43bd73e8e3bf5b1f942f 320 2074.7965 scale/rate_40/workload-1.csv
    7dde273843e80bd310de902b4eb6c874949e2e35c7547396ca856081c8b02d7b 320 2908.2509 scale/rate_40/workload-10.csv
    8a48699cc32a02ac84f204fe946d07d210298283801fabfb1af7ec21d834e543 320 2744.8474 scale/rate_40/workload-2.csv
    9bff89b68ee18abc61730a518fb60f652650cc3da8149dfa5d79a139c14fd1cd 320 2844.4843 scale/rate_40/workload-3.csv
    98dad18aeec65833a648724cbb982da786dac1a15f9545a203ec3ae73e5a7fee 320 2528.8036 scale/rate_40/workload-4.csv
    39e5a78317bb9fb0fe1475aec920225ac69f86ef4f3e93555ac9b2eb49d77127 320 2276.5335 scale/rate_40/workload-5.csv
    95016dc0f6b62a9813ca6c799423cce555273bd585778fc3c5eea8edf8a4d403 320 2822.401 scale/rate_40/workload-6.csv
    25876054dc749558a9a865838f0d745820e8597d2c8d6d9152d2aa35f9ee42b0 320 2568.2422 scale/rate_40/workload-7.csv
    4ef4e1dbcd73d3febae9a46d92447b083bc6ead61c989c4c07688e875d6d13d9 320 2325.4408 scale/rate_40/workload-8.csv
    abfc482882ac713e7f75f34ae9efdcebd12e57c7a660b97e6eafc0c1e094d45d 320 2484.4274 scale/rate_40/workload-9.csv
    ced418eed9a241bff269ddad2d17979cea2b523d11eaae3533639c120639ee0e 400 3199.6356 scale/rate_50/workload-1.csv
    1d1982a7d6397040b80bcbac30688b8735653bad91b940534ad654b5e3bd2fdc 400 3599.9568 scale/rate_50/workload-10.csv
    b2bcc098e9012e39b521dbbcef0df0749acd566c8186959bbbcf4e8f11d20e68 400 3106.6684 scale/rate_50/workload-2.csv
    7f466b583f926de23a35745ce68e9706cbcce1ce7ed4d097693a20ee8ce583aa 400 3599.5409 scale/rate_50/workload-3.csv
    43def4b5b5fca81543b5d3263793b31926dc2226a18f95f14405fcddcd84c56f 400 3282.7715 scale/rate_50/workload-4.csv
    907ac6fa9314baac1f989c7417b985cc595b4daf08c62ad3f9697f58ff6398ef 400 3202.9098 scale/rate_50/workload-5.csv
    2dc0f735e41a2a88139182498b93834d78256ac676632b26929bd1d78b0b10ef 400 3273.126 scale/rate_50/workload-6.csv
    6a68c5e88b13de674e2fda0877e9b957ce4914c384149dc03bdadcf32435be1f 400 3155.7914 scale/rate_50/workload-7.csv
    8050517252408efb4ff9704936f45b823d303994713540cd4adebac7d7ba858e 400 3081.7883 scale/rate_50/workload-8.csv
    e798eba189c867ea9084f4351c2c643403664e210d4580fc6ce1bd80e5a8a307 400 3193.5661 scale/rate_50/workload-9.csv`,
  ),
  side: { placements: side(/placements/), scalability: side(/scalability/), validations: side(/validation/) },
  origin: {
    repository: "siasosp23/artifacts",
    commit: "aaf7a0de7b6cb5eab06ea020467ede5d2fd18e70",
    paths: {
      "philly-sia/workloads": "sia-simulator/workloads",
      "philly-sia/app-profiles": "sia-simulator/traces",
    },
  },
  quirks: ["num_replicas is the tuned, rigid request; Sia itself chooses GPUs and batch size as it goes."],
  missing: GOODPUT_MISSING,
  assumptions: GOODPUT_ASSUMPTIONS,
};
