import { goodputAdapter } from "../adapters/goodput.js";
import { type Dataset, listParts } from "./dataset.js";
import { profilesBelow } from "./profiles.js";
import { GOODPUT_ASSUMPTIONS, GOODPUT_MISSING } from "./sentences.js";

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
  side: profilesBelow("philly-sia/app-profiles"),
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
